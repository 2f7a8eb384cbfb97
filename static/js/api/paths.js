/** The addresses of resources, beneath the root of the API. */

/**
 * @typedef {{model: string, layer: string}} LayerQuery
 *
 * @typedef {object} UnitQuery
 * @property {string} model
 * @property {string} layer
 * @property {number} channel
 * @property {number} [row]
 * @property {number} [column]
 */

/** @param {string} model_id */
export const modelPath = (model_id) => `/models/${encodeURIComponent(model_id)}`;

/** @param {string} image_id */
export const imagePath = (image_id) => `/images/${encodeURIComponent(image_id)}`;

/** @param {LayerQuery} query */
export const layerPath = ({ model, layer }) =>
  `${modelPath(model)}/layers/${encodeURIComponent(layer)}`;

/** @param {UnitQuery} query  A vector's unit has its number alone. */
export function unitPath({ channel, row, column, ...layer }) {
  const place = row === undefined ? [channel] : [channel, row, column];
  return `${layerPath(layer)}/units/${place.join("/")}`;
}

/**
 * @param {string} path
 * @param {Record<string, unknown>} query what is undefined or null is left out
 */
export function withQuery(path, query) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/**
 * @param {string} resource of a layer
 * @param {LayerQuery & Record<string, unknown>} query
 */
export const layerResource = (resource, { model, layer, ...query }) =>
  withQuery(`${layerPath({ model, layer })}/${resource}`, query);
