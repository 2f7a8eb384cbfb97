/** Where a network opens: a convolution whose units see about as much as an eye of the picture. */

/** @typedef {import("../types.js").Layer} Layer */

/** A field of at most this share of the input's side shows a part of the thing, not all of it. */
const LARGEST_FIELD_SHARE = 1 / 5;

/** @param {Layer} layer */
const isConvolution = ({ operation, output_shape }) =>
  operation === "convolution" && output_shape.length === 3;

/**
 * The deepest convolution with a kernel larger than 1 x 1 whose field is at most about a fifth of the
 * input's side; else the first convolution with maps, else what the network returns.
 *
 * @param {import("../types.js").ModelDetail} detail
 * @returns {string}
 */
export function openingLayer({ layers, input_size, output }) {
  const convolutions = layers.filter(isConvolution);
  /** @param {"height" | "width"} side @param {Layer} layer */
  const fits = (side, { receptive_field: { size } }) =>
    size !== null && size[side] <= input_size[side] * LARGEST_FIELD_SHARE;
  const local = convolutions.findLast(
    (layer) =>
      layer.kernel !== null &&
      layer.kernel.height * layer.kernel.width > 1 &&
      fits("height", layer) &&
      fits("width", layer),
  );
  return (local ?? convolutions[0])?.id ?? output;
}
