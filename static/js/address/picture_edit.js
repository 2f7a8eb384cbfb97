/** How the picture is changed before a network sees it. */

/** @typedef {Partial<Record<Property, number>>} PictureEdit  What is not there is as it was. */
/**
 * @typedef {"shift_x" | "shift_y" | "scale" | "rotation_degrees" | "brightness" | "blur"
 *   | "cover_size" | "cover_left" | "cover_top" | "viewpoint_degrees" | "deformation"
 *   | "clutter"} Property
 */

/**
 * @typedef {object} Slider
 * @property {Property} property
 * @property {string} text
 * @property {number} usual
 * @property {number} least
 * @property {number} most
 * @property {number} step
 * @property {(value: number) => string} shown
 */

/** @param {number} value */
const percent = (value) => `${Math.round(value * 100)}\u202f%`.replace("-", "\u2212");
/** @param {number} value */
const degrees = (value) => `${value}°`.replace("-", "\u2212");

/** @type {Slider[]} */
export const SLIDERS = [
  { property: "rotation_degrees", text: "Turn", usual: 0, least: -90, most: 90, step: 1,
    shown: degrees },
  { property: "viewpoint_degrees", text: "Viewpoint", usual: 0, least: -70, most: 70, step: 1,
    shown: degrees },
  { property: "scale", text: "Size", usual: 1, least: 0.3, most: 3, step: 0.05,
    shown: (value) => `× ${value.toFixed(2)}` },
  { property: "shift_x", text: "Move right", usual: 0, least: -0.5, most: 0.5, step: 0.01,
    shown: percent },
  { property: "shift_y", text: "Move down", usual: 0, least: -0.5, most: 0.5, step: 0.01,
    shown: percent },
  { property: "brightness", text: "Light", usual: 1, least: 0, most: 3, step: 0.05,
    shown: (value) => `× ${value.toFixed(2)}` },
  { property: "blur", text: "Blur", usual: 0, least: 0, most: 0.1, step: 0.002,
    shown: (value) => `${(value * 100).toFixed(1)}\u202f%` },
  { property: "deformation", text: "Bend", usual: 0, least: 0, most: 0.1, step: 0.005,
    shown: (value) => `${(value * 100).toFixed(1)}\u202f%` },
  { property: "clutter", text: "Clutter", usual: 0, least: 0, most: 1, step: 0.05, shown: percent },
  { property: "cover_size", text: "Cover", usual: 0, least: 0, most: 1, step: 0.02,
    shown: percent },
  { property: "cover_left", text: "… from left", usual: 0.25, least: 0, most: 1, step: 0.02,
    shown: percent },
  { property: "cover_top", text: "… from top", usual: 0.25, least: 0, most: 1, step: 0.02,
    shown: percent },
];

/** @param {string} text `scale*1.5,blur*0.02` @returns {PictureEdit} */
export function editFromText(text) {
  /** @type {PictureEdit} */
  const edit = {};
  for (const item of text ? text.split(",") : []) {
    const [name, number] = item.split("*");
    const slider = SLIDERS.find(({ property }) => property === name);
    const value = Number(number);
    if (!slider || !number || !(value >= slider.least && value <= slider.most)) continue;
    edit[slider.property] = value;
  }
  return edit;
}

/** @param {PictureEdit} edit */
export function textFromEdit(edit) {
  return SLIDERS.filter(({ property, usual }) => (edit[property] ?? usual) !== usual)
    .map(({ property }) => `${property}*${edit[property]}`)
    .join(",");
}

/** Whether the picture is as it was. @param {PictureEdit} edit */
export function changesNothing(edit) {
  const visible = edit.cover_size ? edit : { ...edit, cover_left: 0.25, cover_top: 0.25 };
  return textFromEdit(visible) === "";
}
