/** What the pages ask of the server: all calls in one object, a group of them a file in `api/`. */

import { attribution_calls } from "./api/attributions.js";
import { experiment_calls } from "./api/experiments.js";
import { filter_calls } from "./api/filters.js";
import { model_calls } from "./api/models.js";
import { picture_calls } from "./api/pictures.js";
import { unit_calls } from "./api/units.js";

export { listen, request, requestBytes, requestOnce } from "./api/request.js";

/** @typedef {ReturnType<typeof createApi>} Api */
/** @typedef {import("./api/attributions.js").AttributionQuery} AttributionQuery */
/** @typedef {import("./api/paths.js").LayerQuery} LayerQuery */
/** @typedef {import("./api/paths.js").UnitQuery} UnitQuery */

export function createApi() {
  return {
    ...model_calls,
    ...picture_calls,
    ...unit_calls,
    ...filter_calls,
    ...attribution_calls,
    ...experiment_calls,
  };
}
