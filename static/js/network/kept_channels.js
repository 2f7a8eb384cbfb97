/** Between which layers a channel stays the same one, and which number it has there. */

/** @typedef {import("../types.js").Layer} Layer */

/** Each of their channels is made of the channels with the same number. */
const APART = new Set([
  ...["add", "subtract", "multiply", "divide", "multiply_add", "maximum", "minimum", "blend"],
  ...["pad", "dropout", "upsample", "clamp", "mean", "amax", "square", "square_root", "absolute"],
  ...["batch_norm", "instance_norm", "group_norm", "local_response_norm"],
  ...["max_pool", "average_pool", "adaptive_average_pool", "adaptive_max_pool"],
  ...["relu", "relu6", "hardtanh", "leaky_relu", "prelu", "elu", "selu", "celu", "gelu", "silu"],
  ...["mish", "hardswish", "hardsigmoid", "sigmoid", "tanh", "softplus", "log_sigmoid"],
  ...["threshold", "hardshrink", "softshrink"],
]);

/** Of a layer whose maps are single values: the same numbers in another shape. */
const RESHAPES = new Set(["flatten", "reshape", "squeeze", "unsqueeze"]);

/** @param {Layer} layer */
function keepsApart({ operation, groups, output_shape: [channels] }) {
  if (operation === "convolution") return groups > 1 && groups === channels;
  return APART.has(operation) || RESHAPES.has(operation);
}

/**
 * Which of a layer's inputs its channels come from, and how far their numbers are moved: behind a
 * concatenation a channel's number is its own and how many came before.
 *
 * @param {Map<string, Layer>} by_id
 * @param {Layer} layer
 * @returns {{input: Layer, offset: number}[]}
 */
function sources(by_id, layer) {
  const inputs = layer.inputs.map((id) => by_id.get(id));
  const [channels] = layer.output_shape;
  const counts = inputs.map((input) => input?.output_shape[0] ?? Number.NaN);
  const is_joined =
    layer.operation === "concatenate" && counts.reduce((sum, count) => sum + count, 0) === channels;
  if (!is_joined && layer.operation !== "concatenate" && !keepsApart(layer)) return [];
  let before = 0;
  return inputs.flatMap((input, place) => {
    const offset = is_joined ? before : 0;
    before += counts[place];
    // Joined below each other, or with what is no layer: then only equal numbers can be told.
    if (!input || (!is_joined && counts[place] !== channels)) return [];
    return [{ input, offset }];
  });
}

/**
 * How far the channels of one layer are moved in a later one: on the way between them nothing mixes
 * channels. Several, if it is read more than once; none, if it is not kept.
 *
 * @param {Map<string, Layer>} by_id
 * @param {Layer} early
 * @param {Layer} late
 * @returns {number[]} in ascending order
 */
function offsets(by_id, early, late) {
  /** @type {Set<number>} */
  const found = new Set();
  /** @type {Set<string>} */
  const seen = new Set();
  const open = [{ layer: late, offset: 0 }];
  for (let at = open.pop(); at; at = open.pop()) {
    const key = `${at.offset} ${at.layer.id}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (at.layer.id === early.id) {
      found.add(at.offset);
      continue;
    }
    for (const { input, offset } of sources(by_id, at.layer))
      open.push({ layer: input, offset: at.offset + offset });
  }
  return [...found].sort((a, b) => a - b);
}

/**
 * The number in another layer of a channel of this one; null where it is not kept. Where it stands
 * in several places, the first.
 *
 * @param {Map<string, Layer>} by_id in execution order
 * @param {string} from
 * @param {string} to
 * @param {number} channel of `from`
 */
export function keptChannel(by_id, from, to, channel) {
  const [start, end] = [by_id.get(from), by_id.get(to)];
  if (!start || !end) return null;
  const ids = [...by_id.keys()];
  if (ids.indexOf(from) <= ids.indexOf(to)) {
    const [offset] = offsets(by_id, start, end);
    return offset === undefined ? null : channel + offset;
  }
  const [count] = end.output_shape;
  const places = offsets(by_id, end, start).map((offset) => channel - offset);
  return places.find((place) => place >= 0 && place < count) ?? null;
}
