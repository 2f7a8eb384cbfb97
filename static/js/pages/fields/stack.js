/** A stack of layers by hand: output sizes, receptive fields and which pixels are read. */

/**
 * @typedef {object} StackLayer
 * @property {"convolution" | "pool"} kind
 * @property {number} kernel
 * @property {number} stride
 * @property {number} padding on both sides
 * @property {number} dilation
 *
 * @typedef {object} StackRow  After one layer; pixels of the input.
 * @property {number} output positions; 0 where the layer does not fit any more
 * @property {number} size of the receptive field
 * @property {number} stride between neighbouring units
 * @property {number} padding how far unit 0 begins before the input
 * @property {number} read pixels of the field along one axis that are read at all
 * @property {boolean[]} pattern for each pixel of the field whether it is read
 */

export const LIMITS = {
  kernel: { least: 1, most: 31 },
  stride: { least: 1, most: 16 },
  padding: { least: 0, most: 64 },
  dilation: { least: 1, most: 64 },
};
export const LARGEST_INPUT = 4096;
const MOST_LAYERS = 60;
/** @type {Record<string, StackLayer["kind"]>} */
const KINDS = { c: "convolution", p: "pool" };

/** @type {{title: string, input: number, text: string}[]} */
export const PRESETS = [
  { title: "LeNet-5", input: 32, text: "c5,1,0,1 p2,2,0,1 c5,1,0,1 p2,2,0,1 c5,1,0,1" },
  {
    title: "VGG-16",
    input: 224,
    text: [2, 2, 3, 3, 3]
      .map((count) => `${"c3,1,1,1 ".repeat(count)}p2,2,0,1`)
      .join(" "),
  },
  {
    title: "AlexNet",
    input: 224,
    text: "c11,4,2,1 p3,2,0,1 c5,1,2,1 p3,2,0,1 c3,1,1,1 c3,1,1,1 c3,1,1,1 p3,2,0,1",
  },
  { title: "Dilated 1, 2, 4, 8", input: 64, text: "c3,1,1,1 c3,1,2,2 c3,1,4,4 c3,1,8,8" },
  { title: "Gridding 2, 2, 2", input: 64, text: "c3,1,2,2 c3,1,2,2 c3,1,2,2" },
];

/**
 * The rows after each layer.
 *
 * @param {StackLayer[]} layers
 * @param {number} input positions along one axis
 * @returns {StackRow[]}
 */
export function computeStack(layers, input) {
  let output = input;
  let size = 1;
  let stride = 1;
  let start = 0;
  /** Offsets that the first unit reads. */
  let read = new Set([0]);
  return layers.map(({ kernel, stride: step, padding, dilation }) => {
    const reach = dilation * (kernel - 1);
    const room = output + 2 * padding - reach - 1;
    output = output > 0 && room >= 0 ? Math.floor(room / step) + 1 : 0;
    const jump = stride;
    read = new Set(
      [...read].flatMap((offset) =>
        Array.from({ length: kernel }, (_, tap) => offset + tap * dilation * jump),
      ),
    );
    size += reach * jump;
    start -= padding * jump;
    stride *= step;
    const pattern = Array.from({ length: size }, (_, offset) => read.has(offset));
    return { output, size, stride, padding: -start, read: read.size, pattern };
  });
}

/** @param {StackLayer[]} layers @returns {string} `c3,1,1,1 p2,2,0,1` */
export const textOfStack = (layers) =>
  layers
    .map(({ kind, kernel, stride, padding, dilation }) =>
      [`${kind[0]}${kernel}`, stride, padding, dilation].join(","),
    )
    .join(" ");

/** @param {string} text as `textOfStack` writes it @returns {StackLayer[]} what is well formed */
export function stackOfText(text) {
  return text
    .split(" ")
    .flatMap((part) => {
      const match = /^([cp])(\d+),(\d+),(\d+),(\d+)$/.exec(part);
      if (!match) return [];
      const [kernel, stride, padding, dilation] = match.slice(2).map(Number);
      const layer = { kind: KINDS[match[1]], kernel, stride, padding, dilation };
      return isInside(layer) ? [layer] : [];
    })
    .slice(0, MOST_LAYERS);
}

/** @param {StackLayer} layer */
function isInside(layer) {
  return Object.entries(LIMITS).every(([name, { least, most }]) => {
    const value = layer[/** @type {keyof typeof LIMITS} */ (name)];
    return value >= least && value <= most;
  });
}
