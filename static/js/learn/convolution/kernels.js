/** Kernels by name, as somebody typed them, or as a network learned them. */

/**
 * @typedef {object} Kernel
 * @property {string} name of a preset, "own", or "net" of a learned one
 * @property {number[]} values of an own one, row by row: once for all colours, or for each in turn;
 *   of a learned one its number
 * @property {number} bias
 */

/** @typedef {3 | 5} Side */

/** @param {number[]} down @param {number[]} across */
const product = (down, across) => down.flatMap((one) => across.map((other) => one * other));

const SMOOTH = { 3: [1, 2, 1], 5: [1, 4, 6, 4, 1] };
const SLOPE = { 3: [-1, 0, 1], 5: [-1, -2, 0, 2, 1] };

/** @param {Side} side @param {(row: number, column: number) => number} value from the middle */
function around(side, value) {
  const half = (side - 1) / 2;
  return Array.from({ length: side * side }, (_, index) =>
    value(Math.floor(index / side) - half, (index % side) - half),
  );
}

/** @type {Record<string, {title: string, values: (side: Side) => number[]}>} */
export const PRESETS = {
  identity: {
    title: "identity",
    values: (side) => around(side, (row, column) => Number(row === 0 && column === 0)),
  },
  box: { title: "box: blur", values: (side) => around(side, () => 1 / (side * side)) },
  sharpen: {
    title: "sharpen",
    values: (side) =>
      around(side, (row, column) => [5, -1][Math.abs(row) + Math.abs(column)] ?? 0),
  },
  "sobel-x": {
    title: "edges, left to right (Sobel)",
    values: (side) => product(SMOOTH[side], SLOPE[side]),
  },
  "sobel-y": {
    title: "edges, top to bottom (Sobel)",
    values: (side) => product(SLOPE[side], SMOOTH[side]),
  },
  emboss: {
    title: "emboss",
    values: (side) => around(side, (row, column) => row + column || Number(row === 0)),
  },
};

export const MOST_MAPS = 4;
/** @type {Kernel[]} */
export const USUAL = ["sobel-x", "sobel-y", "sharpen", "emboss"].map((name) => ({
  ...{ name, values: [], bias: 0 },
}));

const LARGEST = 1e4;
const LENGTHS = [9, 25, 27, 75];
/** Of EfficientNet-Lite0's first convolution. */
export const LEARNED_COUNT = 32;

/** @param {string} text @returns {Kernel | null} */
function read(text) {
  const [what, added] = text.split("~");
  const [name, list = ""] = what.split(":");
  const values = list === "" ? [] : list.split(",").map(Number);
  const bias = added === undefined ? 0 : Number(added);
  const fits = [...values, bias].every((value) => Math.abs(value) <= LARGEST);
  if (!fits) return null;
  if (name in PRESETS) return { name, values: [], bias };
  if (name === "own") return LENGTHS.includes(values.length) ? { name, values, bias } : null;
  const [number] = values;
  const is_learned = Number.isInteger(number) && number >= 0 && number < LEARNED_COUNT;
  return name === "net" && is_learned ? { name, values: [number], bias } : null;
}

/** @param {number} value */
const short = (value) => String(Number(value.toPrecision(6)));

/** @param {Kernel} kernel */
const write = ({ name, values, bias }) =>
  name + (values.length > 0 ? `:${values.map(short).join(",")}` : "") + (bias === 0 ? "" : `~${short(bias)}`);

/** In the address. @type {import("../parts/address.js").Kept<Kernel[]>} */
export const kept_kernels = {
  usual: USUAL,
  read(text) {
    const kernels = text.split(";").map(read);
    const are_there = kernels.length <= MOST_MAPS && kernels.every((each) => each !== null);
    return are_there ? /** @type {Kernel[]} */ (kernels) : null;
  },
  write: (kernels) => kernels.map(write).join(";"),
};

/** @param {number[]} values a square @param {Side} side @returns {number[]} its middle, or zeros around it */
function fitted(values, side) {
  const own = Math.round(Math.sqrt(values.length));
  const shift = (own - side) / 2;
  return Array.from({ length: side * side }, (_, index) => {
    const [row, column] = [Math.floor(index / side) + shift, (index % side) + shift];
    const is_there = Math.min(row, column) >= 0 && Math.max(row, column) < own;
    return is_there ? values[row * own + column] : 0;
  });
}

/** @param {number[]} all @param {number} count @returns {number[][]} */
function parts(all, count) {
  const size = all.length / count;
  return Array.from({ length: count }, (_, place) => all.slice(place * size, (place + 1) * size));
}

/** @param {Kernel} kernel  Whether every colour has the same weights. */
export const isShared = ({ name, values }) =>
  name in PRESETS || (name === "own" && values.length <= 25);

/**
 * A kernel's weights over a picture, channel after channel, each row by row.
 *
 * @param {Kernel} kernel
 * @param {Side} side
 * @param {number} channels 3, or 1
 * @param {Float32Array | null} learned all learned kernels, (32, 3, 3, 3)
 * @returns {number[][]}
 */
export function weightsOf(kernel, side, channels, learned) {
  const { name, values } = kernel;
  const preset = PRESETS[name];
  if (preset) return Array.from({ length: channels }, () => preset.values(side));
  if (name === "own" && isShared(kernel)) {
    return Array.from({ length: channels }, () => fitted(values, side));
  }
  const [number] = values;
  const all = name === "own" ? values : [...(learned ?? []).slice(27 * number, 27 * (number + 1))];
  const by_colour = parts(all.length > 0 ? all : new Array(27).fill(0), 3).map((part) =>
    fitted(part, side),
  );
  if (channels === 3) return by_colour;
  // Of a picture without colour the three are given the same pixels: their weights add up.
  return [by_colour[0].map((value, index) => value + by_colour[1][index] + by_colour[2][index])];
}
