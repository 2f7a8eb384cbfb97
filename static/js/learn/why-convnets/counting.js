/** How many numbers a layer has to learn: dense, with windows, with windows whose weights are shared. */

/**
 * A layer at stride 1 without padding.
 *
 * @typedef {object} LayerSize
 * @property {number} size of the input, px a side
 * @property {number} channels of the input
 * @property {number} maps that it makes
 * @property {number} kernel px a side
 *
 * @typedef {{to_learn: number, products: number}} Count
 *
 * @param {LayerSize} layer
 * @returns {{out: number, dense: Count, local: Count, shared: Count}} out: px a side of its maps
 */
export function countLayer({ size, channels, maps, kernel }) {
  const out = size - kernel + 1;
  const units = out ** 2 * maps;
  const window = kernel ** 2 * channels;
  const whole = size ** 2 * channels;
  return {
    out,
    dense: { to_learn: units * (whole + 1), products: units * whole },
    local: { to_learn: units * (window + 1), products: units * window },
    shared: { to_learn: maps * (window + 1), products: units * window },
  };
}
