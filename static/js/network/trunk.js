/** The convolutions that a network's picture goes through, one after the other. */

/** @typedef {import("../types.js").Layer} Layer */

/** @param {Layer} layer */
function isConvolution({ operation, output_shape: [, height = 1, width = 1], receptive_field }) {
  return operation === "convolution" && height * width > 1 && receptive_field.size !== null;
}

/**
 * Along the chain that holds most convolutions, those whose units see more than those of the one
 * before: pointwise ones look no further. Gates and shortcuts stand beside the chain.
 *
 * @param {Iterable<Layer>} layers in the order of execution
 * @returns {Layer[]} in that order; those with maps, where there are fewer than two convolutions
 */
export function growingTrunk(layers) {
  const all = [...layers];
  /** @type {Map<string, {count: number, last: Layer | null, before: string | null}>} */
  const chains = new Map();
  let longest = { count: 0, id: "" };
  for (const layer of all) {
    let [count, before] = [0, /** @type {string | null} */ (null)];
    for (const input of layer.inputs) {
      const found = chains.get(input)?.count ?? 0;
      if (before === null || found > count) [count, before] = [found, input];
    }
    const is_link = isConvolution(layer);
    if (is_link) count += 1;
    chains.set(layer.id, { count, last: is_link ? layer : null, before });
    if (count > longest.count) longest = { count, id: layer.id };
  }
  const chain = [];
  for (let id = /** @type {string | null} */ (longest.id); id; id = chains.get(id)?.before ?? null) {
    const link = chains.get(id)?.last;
    if (link) chain.unshift(link);
  }
  const growing = grown(chain);
  const maps = all.filter(({ output_shape: [, height = 1, width = 1], inputs }) => inputs.length > 0 && height * width > 1);
  return growing.length > 1 ? growing : grown(maps);
}

/** @param {Layer[]} layers @returns {Layer[]} those that see more than all before them */
function grown(layers) {
  let largest = 0;
  return layers.filter(({ receptive_field: { size } }) => {
    if (!size || size.height * size.width <= largest) return false;
    largest = size.height * size.width;
    return true;
  });
}
