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

/** How pictures are prepared for a network, where that is not the usual way. */
let prepared = { path: "", preparation: "" };

/**
 * From now on all that is asked of a network about a picture is about it as it is prepared so.
 *
 * @param {string} model_id
 * @param {string | null} preparation null: the usual way
 */
export function preparePictures(model_id, preparation) {
  prepared = { path: preparation === null ? "" : `${modelPath(model_id)}/`, preparation: preparation ?? "" };
}

/**
 * @param {string} path
 * @param {Record<string, unknown>} asked what is undefined or null is left out
 */
export function withQuery(path, asked) {
  const is_of_picture = asked.image !== undefined && asked.image !== null;
  const is_prepared = is_of_picture && prepared.path !== "" && path.startsWith(prepared.path);
  const query = is_prepared ? { ...asked, preparation: prepared.preparation } : asked;
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

/**
 * @param {string} resource of a layer
 * @param {LayerQuery & Record<string, unknown>} query
 */
export const layerResource = (resource, { model, layer, ...query }) =>
  withQuery(`${layerPath({ model, layer })}/${resource}`, query);
