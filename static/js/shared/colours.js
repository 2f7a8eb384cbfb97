/** Colours for maps: tables of 256, the same numbers as in app/inspection/rendering/colours.py. */

/** @typedef {import("../page_types.js").ColourName} ColourName */
/** @typedef {[number, number, number]} Colour */

/** Every 15th of viridis' colours (van der Walt and Smith, 2015). @type {Colour[]} */
const VIRIDIS = [
  [68, 1, 84], [72, 23, 105], [71, 42, 122], [67, 61, 132], [61, 78, 138], [53, 94, 141],
  [46, 109, 142], [41, 123, 142], [35, 137, 142], [31, 151, 139], [33, 165, 133], [46, 179, 124],
  [70, 192, 111], [101, 203, 94], [137, 213, 72], [176, 221, 47], [216, 226, 25], [253, 231, 37],
];
/** @type {Colour[]} */
const GREY = [[0, 0, 0], [255, 255, 255]];
/** @type {Colour} */
const NEUTRAL = [244, 244, 242];
/** @type {Colour[]} */
const NEGATIVE = [NEUTRAL, [126, 178, 214], [34, 94, 168], [10, 40, 90]];
/** @type {Colour[]} */
const POSITIVE = [NEUTRAL, [238, 150, 110], [192, 48, 48], [96, 8, 30]];

/** Where zero lies in the diverging table; 127 steps to either side. */
const ZERO = 128;
const STEPS = 127;

/**
 * @param {Colour[]} anchors
 * @param {number} length
 * @returns {Colour[]}
 */
function ramp(anchors, length) {
  return Array.from({ length }, (_, index) => {
    const place = (index * (anchors.length - 1)) / (length - 1);
    const before = Math.min(Math.floor(place), anchors.length - 2);
    const share = place - before;
    const mix = [0, 1, 2].map((channel) => {
      const start = anchors[before][channel];
      return Math.floor(start + (anchors[before + 1][channel] - start) * share + 0.5);
    });
    return /** @type {Colour} */ (mix);
  });
}

/** @param {ColourName} name @returns {Colour[]} */
function coloursOf(name) {
  if (name !== "diverging") return ramp(name === "viridis" ? VIRIDIS : GREY, 256);
  const negative = ramp(NEGATIVE, STEPS + 1).reverse();
  // Entry 0 is spare: it repeats the end.
  return [negative[0], ...negative.slice(0, -1), ...ramp(POSITIVE, STEPS + 1)];
}

/**
 * One rule for all maps of a layer, large and small: around zero where the layer has both signs.
 *
 * @param {import("../page_types.js").ColourChoice} choice
 * @param {boolean} is_signed whether any value of the layer is below zero
 * @returns {ColourName}
 */
export const layerColours = (choice, is_signed) =>
  choice !== "auto" ? choice : is_signed ? "diverging" : "viridis";

/** @type {Map<ColourName, Uint32Array>} */
const tables = new Map();

/**
 * @param {ColourName} name
 * @returns {Uint32Array} 256 opaque colours as ImageData's bytes hold them
 */
export function colourTable(name) {
  let table = tables.get(name);
  if (!table) {
    const bytes = new Uint8ClampedArray(256 * 4);
    coloursOf(name).forEach((colour, index) => bytes.set([...colour, 255], index * 4));
    table = new Uint32Array(bytes.buffer);
    tables.set(name, table);
  }
  return table;
}

/**
 * The colours of the 256 codes of one channel, whose code q stands for
 * minimum + q * (maximum - minimum) / 255.
 *
 * @param {ColourName} name
 * @param {number} minimum
 * @param {number} maximum
 * @returns {Uint32Array}
 */
export function coloursOfCodes(name, minimum, maximum) {
  const table = colourTable(name);
  if (name !== "diverging") return table;
  const largest = Math.max(Math.abs(minimum), Math.abs(maximum));
  const colours = new Uint32Array(256);
  for (let code = 0; code < 256; code += 1) {
    const value = minimum + (code * (maximum - minimum)) / 255;
    const share = largest === 0 ? 0 : value / largest;
    colours[code] = table[ZERO + Math.floor(share * STEPS + 0.5)];
  }
  return colours;
}

/**
 * @param {ColourName} name
 * @returns {string} a CSS gradient from the smallest value to the largest
 */
export function gradientOf(name) {
  const bytes = new Uint8Array(colourTable(name).buffer);
  const stops = Array.from({ length: 17 }, (_, index) => {
    const entry = Math.max(Math.round((index * 255) / 16), name === "diverging" ? 1 : 0);
    return `rgb(${bytes.slice(entry * 4, entry * 4 + 3).join(" ")})`;
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}
