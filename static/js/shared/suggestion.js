/** What a page proposes in fields that a person may have filled in meanwhile. */

/** What was last proposed in a field. @type {WeakMap<HTMLInputElement, string>} */
const proposed = new WeakMap();

/**
 * Proposes a value, once what it depends on is known: the field takes it, unless somebody has typed
 * another one there that the field's own limits allow. The field begins empty.
 *
 * @param {HTMLInputElement} field
 * @param {number | string} value
 */
export function suggest(field, value) {
  const is_typed = field.value !== (proposed.get(field) ?? "");
  if (is_typed && field.value !== "" && field.validity.valid) return;
  putIn(field, String(value));
  proposed.set(field, field.value);
}

/**
 * Puts a value in a field. Whoever is there already and about to type finds it selected: the first
 * key replaces it, as it would have replaced the one before.
 *
 * @param {HTMLInputElement} field
 * @param {string} value
 */
export function putIn(field, value) {
  if (field.value === value) return;
  field.value = value;
  if (document.activeElement === field) field.select();
}
