/** Building and finding elements, typed and without markup in strings. */

/**
 * @typedef {object} ElementOptions
 * @property {string} [class]
 * @property {string} [text]
 * @property {Record<string, string | number | boolean>} [attributes]
 *   true stands for an attribute without a value; false leaves it out.
 * @property {Record<string, (event: any) => void>} [on]
 */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {ElementOptions} [options]
 * @param {(Node | string | null)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, options = {}, ...children) {
  const node = document.createElement(tag);
  if (options.class) node.className = options.class;
  if (options.text !== undefined) node.textContent = options.text;
  for (const [name, value] of Object.entries(options.attributes ?? {})) {
    if (value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const [type, listener] of Object.entries(options.on ?? {})) {
    node.addEventListener(type, listener);
  }
  if (options.attributes?.type === "number") node.addEventListener("beforeinput", keepLettersOut);
  node.append(...children.filter((child) => child !== null));
  return node;
}

/**
 * Firefox lets letters into fields for numbers, and then takes them for empty.
 *
 * @param {Event} event
 */
function keepLettersOut(event) {
  const { data } = /** @type {InputEvent} */ (event);
  if (data && /[^\d.,eE+\-\s]/.test(data)) event.preventDefault();
}

/**
 * @param {string} text
 * @param {(event: MouseEvent) => void} onClick
 * @param {{class?: string, title?: string, attributes?: Record<string, string | boolean>}}
 *   [options]
 */
export function button(text, onClick, options = {}) {
  return element("button", {
    class: options.class ?? "button",
    text,
    attributes: {
      type: "button",
      ...(options.title ? { title: options.title } : {}),
      ...options.attributes,
    },
    on: { click: onClick },
  });
}

/**
 * Only where they differ: setting the text of a live region has it read aloud once more.
 *
 * @param {Element} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * @param {string} id of an element that the template promises
 * @returns {HTMLElement}
 */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no element #${id}`);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} attributes
 * @param {Node[]} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}
