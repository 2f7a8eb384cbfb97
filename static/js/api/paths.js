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

const MODEL_PATH = /^\/models\/[^/]+\//;

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

/** How pictures are prepared for networks, by their path, where that is not the usual way. @type {Map<string, string>} */
const prepared = new Map();

/**
 * From now on all that is asked of a network about a picture is about it as it is prepared so.
 *
 * @param {string} model_id
 * @param {string | null} preparation null: the usual way
 */
export function preparePictures(model_id, preparation) {
  const path = `${modelPath(model_id)}/`;
  if (preparation === null) prepared.delete(path);
  else prepared.set(path, preparation);
}

/**
 * @param {string} path
 * @param {Record<string, unknown>} asked what is undefined or null is left out
 */
export function withQuery(path, asked) {
  const is_of_picture = asked.image !== undefined && asked.image !== null;
  const preparation = is_of_picture ? prepared.get(path.match(MODEL_PATH)?.[0] ?? "") : undefined;
  const query = preparation === undefined ? asked : { ...asked, preparation };
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/**
 * @param {string} resource of a layer
 * @param {LayerQuery & Record<string, unknown>} query
 */
export const layerResource = (resource, { model, layer, ...query }) =>
  withQuery(`${layerPath({ model, layer })}/${resource}`, query);
