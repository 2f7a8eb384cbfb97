/** What the pages ask of the server: all calls in one object, a group of them a file. */

import { attribution_calls } from "./attributions.js";
import { design_calls } from "./designs.js";
import { challenge_calls } from "./challenges.js";
import { experiment_calls } from "./experiments.js";
import { filter_calls } from "./filters.js";
import { gradient_calls } from "./gradients.js";
import { lesson_calls } from "./lessons.js";
import { model_calls } from "./models.js";
import { own_model_calls } from "./own_models.js";
import { picture_calls } from "./pictures.js";
import { shift_calls } from "./shifts.js";
import { unit_calls } from "./units.js";

export { listen, request, requestBytes, requestOnce } from "./request.js";

/** @typedef {ReturnType<typeof createApi>} Api */
/** @typedef {import("./attributions.js").AttributionQuery} AttributionQuery */
/** @typedef {import("./paths.js").LayerQuery} LayerQuery */
/** @typedef {import("./paths.js").UnitQuery} UnitQuery */

export function createApi() {
  return {
    ...model_calls,
    ...own_model_calls,
    ...picture_calls,
    ...unit_calls,
    ...filter_calls,
    ...attribution_calls,
    ...gradient_calls,
    ...experiment_calls,
    ...shift_calls,
    ...lesson_calls,
    ...design_calls,
    ...challenge_calls,
  };
}
