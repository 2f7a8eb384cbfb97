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
  field.value = String(value);
  proposed.set(field, field.value);
}
