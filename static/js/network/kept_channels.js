/** Between which layers a channel stays the same one. */

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
 * Whether the channels of one layer are those of the other: on the way between them nothing mixes
 * channels or changes how many there are.
 *
 * @param {Map<string, Layer>} by_id in execution order
 * @param {string} one
 * @param {string} other
 */
export function sharesChannels(by_id, one, other) {
  const ids = [...by_id.keys()];
  const [early, late] = [one, other].sort((a, b) => ids.indexOf(a) - ids.indexOf(b));
  const count = by_id.get(early)?.output_shape[0];
  /** @type {Set<string>} */
  const seen = new Set();
  const open = [late];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === early) return true;
    const layer = by_id.get(id);
    if (seen.has(id) || !layer || layer.output_shape[0] !== count || !keepsApart(layer)) continue;
    seen.add(id);
    open.push(...layer.inputs);
  }
  return false;
}
