/** A stack of layers by hand: output sizes, receptive fields and which pixels are read. */

/**
 * @typedef {"convolution" | "separable" | "pool"} Kind  separable: a window over each channel by
 *   itself, then a 1 x 1 over all of them
 *
 * @typedef {object} StackLayer
 * @property {Kind} kind
 * @property {number} kernel
 * @property {number} stride
 * @property {number} padding on both sides
 * @property {number} dilation
 * @property {number} channels that it makes; a pool makes as many as come in
 * @property {number} groups of a convolution
 *
 * @typedef {object} StackRow  After one layer; pixels of the input.
 * @property {number} output positions; 0 where the layer does not fit any more
 * @property {number} channels
 * @property {number} size of the receptive field
 * @property {number} stride between neighbouring units
 * @property {number} padding how far unit 0 begins before the input
 * @property {number} centre of the field of unit 0
 * @property {number} read pixels of the field along one axis that are read at all
 * @property {boolean[]} pattern for each pixel of the field whether it is read
 *
 * @typedef {{place: number, text: string}} Fault  of the layer at this place, in words
 */

export const LIMITS = {
  kernel: { least: 1, most: 31 },
  stride: { least: 1, most: 16 },
  padding: { least: 0, most: 64 },
  dilation: { least: 1, most: 64 },
  channels: { least: 1, most: 4096 },
  groups: { least: 1, most: 4096 },
};
/** @typedef {keyof typeof LIMITS} NumberName */
export const LARGEST_INPUT = 4096;
export const MOST_LAYERS = 60;
export const MOST_CHANNELS = LIMITS.channels.most;
const LARGEST_FIELD = 100_000;
/** @type {Record<string, Kind>} */
const KINDS = { c: "convolution", s: "separable", p: "pool" };
const USUAL = { channels: 64, groups: 1 };

/** @type {StackLayer} */
export const NEW_LAYER = { kind: "convolution", kernel: 3, stride: 1, padding: 1, dilation: 1, ...USUAL };

/** What of a layer counts for its kind. @param {StackLayer} layer @param {NumberName} name */
export const counts = ({ kind }, name) =>
  name === "groups" ? kind === "convolution" : name !== "channels" || kind !== "pool";

/**
 * The rows after each layer, up to the first whose field is beyond all pictures.
 *
 * @param {StackLayer[]} layers
 * @param {number} input positions along one axis
 * @param {number} channels of the input
 * @returns {StackRow[]}
 */
export function computeStack(layers, input, channels) {
  let output = input;
  let made = channels;
  let size = 1;
  let stride = 1;
  let start = 0;
  /** Offsets that the first unit reads. */
  let read = new Set([0]);
  /** @type {StackRow[]} */
  const rows = [];
  for (const layer of layers) {
    const { kernel, stride: step, padding, dilation } = layer;
    const reach = dilation * (kernel - 1);
    const room = output + 2 * padding - reach - 1;
    const jump = stride;
    size += reach * jump;
    stride *= step;
    if (Math.max(size, stride) > LARGEST_FIELD) break;
    output = output > 0 && room >= 0 ? Math.floor(room / step) + 1 : 0;
    read = new Set(
      [...read].flatMap((offset) =>
        Array.from({ length: kernel }, (_, tap) => offset + tap * dilation * jump),
      ),
    );
    start -= padding * jump;
    if (layer.kind !== "pool") made = layer.channels;
    const pattern = Array.from({ length: size }, (_, offset) => read.has(offset));
    rows.push({
      ...{ output, channels: made, size, stride, padding: -start, centre: start + size / 2 },
      read: read.size,
      pattern,
    });
  }
  return rows;
}

/**
 * Why a stack cannot be built, of its first layer that does not fit.
 *
 * @param {StackLayer[]} layers
 * @param {StackRow[]} rows of them
 * @param {number} input
 * @param {number} channels of the input
 * @returns {Fault | null}
 */
export function faultOf(layers, rows, input, channels) {
  for (const [place, layer] of layers.entries()) {
    const row = rows[place];
    const before = rows[place - 1] ?? { output: input, channels };
    const { kernel, padding, dilation, groups } = layer;
    if (!row) {
      return { place, text: `its field is larger than ${LARGEST_FIELD.toLocaleString("en")} px.` };
    }
    if (row.output === 0) {
      const reach = dilation * (kernel - 1) + 1;
      const come = before.output + 2 * padding;
      return {
        place,
        text: `its window reaches over ${reach} units, and only ${come} come in, padding included.`,
      };
    }
    if (layer.kind !== "convolution") continue;
    if (before.channels % groups || layer.channels % groups) {
      const which = before.channels % groups ? `${before.channels} that come in` : `${layer.channels} that it makes`;
      return { place, text: `${groups} groups do not divide the channels, ${which}.` };
    }
  }
  return null;
}

/** @param {StackLayer[]} layers @returns {string} `c3,1,1,1 p2,2,0,1`; channels where they are not 64 */
export const textOfStack = (layers) =>
  layers
    .map((layer) => {
      const { kind, kernel, stride, padding, dilation, channels, groups } = layer;
      const numbers = [`${kind[0]}${kernel}`, stride, padding, dilation];
      if (groups !== USUAL.groups && counts(layer, "groups")) numbers.push(channels, groups);
      else if (channels !== USUAL.channels && counts(layer, "channels")) numbers.push(channels);
      return numbers.join(",");
    })
    .join(" ");

/** @param {string} text as `textOfStack` writes it @returns {StackLayer[]} what is well formed */
export function stackOfText(text) {
  return text
    .split(" ")
    .flatMap((part) => {
      const match = /^([csp])(\d+),(\d+),(\d+),(\d+)(?:,(\d+))?(?:,(\d+))?$/.exec(part);
      if (!match) return [];
      const [kernel, stride, padding, dilation] = match.slice(2, 6).map(Number);
      const channels = match[6] === undefined ? USUAL.channels : Number(match[6]);
      const groups = match[7] === undefined ? USUAL.groups : Number(match[7]);
      const layer = { kind: KINDS[match[1]], kernel, stride, padding, dilation, channels, groups };
      return isInside(layer) ? [layer] : [];
    })
    .slice(0, MOST_LAYERS);
}

/** @param {StackLayer} layer */
function isInside(layer) {
  return Object.entries(LIMITS).every(([name, { least, most }]) => {
    const value = layer[/** @type {NumberName} */ (name)];
    return value >= least && value <= most;
  });
}
