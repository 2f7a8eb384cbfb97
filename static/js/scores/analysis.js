/** What the network says about the selection: asked anew whenever model, picture or top change. */

import { NO_PICTURE } from "../address/state.js";
import { createLatest } from "../shared/latest.js";
import { Problem, asProblem } from "../shared/problem.js";
import { createStore } from "../shared/store.js";

/** @typedef {ReturnType<typeof createAnalysis>} AnalysisStore */

/**
 * @typedef {import("../types.js").NetworkInput
 *   | (import("../types.js").Prediction & {image: string | null})} Seen
 *
 * @typedef {object} Analysis
 * @property {"loading" | "ready" | "problem" | "weights" | "blank" | "stopped"} phase
 *   weights: they are not on the server's machine; blank: there is nothing to look at yet.
 * @property {import("../types.js").Model | null} model
 * @property {string | null} image the picture that is being looked at
 * @property {import("../types.js").Prediction | null} prediction
 *   the newest there is of this model; while `loading`, still that of the picture before.
 * @property {Seen | null} seen which part of the picture the network sees: the prediction, or what
 *   stands in for it with a network that has no scores
 * @property {Problem | null} problem
 */

const DEFAULT_EXAMPLES = { photograph: "example-chelsea", digit: "example-digit-3" };
const DEFAULT_TOP = 5;

/**
 * Digit models show all of their ten classes, unless a number was chosen.
 *
 * @param {import("../types.js").Model} model
 * @param {number | null} chosen
 */
export function topFor(model, chosen) {
  return Math.min(chosen ?? (model.classes <= 10 ? model.classes : DEFAULT_TOP), model.classes);
}

/**
 * @param {import("../types.js").Model} model
 * @param {string | null} chosen
 * @returns {string | null} null: what was drawn is wiped away
 */
export function imageFor(model, chosen) {
  return chosen === NO_PICTURE ? null : (chosen ?? DEFAULT_EXAMPLES[model.input_kind]);
}

/**
 * @param {import("../types.js").Model} model
 * @param {import("../page_types.js").Selection} selection
 * @returns {string | null} null: the usual way, or the model leaves no choice
 */
function chosenPreparation({ preparations }, { preparation }) {
  return preparations.indexOf(preparation) > 0 ? preparation : null;
}

/**
 * @param {{api: import("../api/api.js").Api, state: import("../address/state.js").State,
 *   catalogue: import("../models/catalogue.js").Catalogue,
 *   pictures: import("../picture/pictures.js").Pictures}} parts
 */
export function createAnalysis({ api, state, catalogue, pictures }) {
  const store = createStore(
    /** @type {Analysis} */ ({
      phase: "loading",
      model: null,
      image: null,
      prediction: null,
      seen: null,
      problem: null,
    }),
  );
  const latest = createLatest();
  /** The model that is not in the list, and the name that it was asked for by. */
  let unlisted = { name: "", model: /** @type {import("../types.js").Model | null} */ (null) };

  /** @param {Partial<Analysis>} changes */
  const publish = (changes) => store.set({ ...store.get(), problem: null, ...changes });

  /**
   * @param {import("../types.js").Model} model
   * @param {string} image_id
   * @param {AbortSignal} signal
   * @returns {Promise<Partial<Analysis>>}
   */
  async function predict(model, image_id, signal) {
    const top = topFor(model, state.get().top);
    try {
      if (model.classes === 0) {
        const seen = await api.networkInput(model.id, image_id, signal);
        pictures.confirm(image_id);
        return { phase: "ready", prediction: null, seen };
      }
      const prediction = await api.predictions(model.id, image_id, top, signal);
      pictures.confirm(image_id);
      return { phase: "ready", prediction, seen: prediction };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.type === "weights-unavailable") return { phase: "weights", prediction: null, seen: null };
      if (error.type !== "unknown-image") throw error;
      const restored_id = await pictures.restore(image_id, signal);
      if (restored_id === null) throw error;
      signal.throwIfAborted();
      state.change({ image: restored_id }, { replace: true }); // which starts the next look
      return {};
    }
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<Partial<Analysis>>}
   */
  async function look(signal) {
    const selection = state.get();
    await catalogue.ready();
    signal.throwIfAborted();
    // The server says in words what is wrong with an id that the list does not have.
    let model = catalogue.find(selection.model);
    if (!model) {
      const name = selection.model ?? "";
      model = await api.model(name, signal);
      unlisted = { name, model };
    }
    const image = imageFor(model, selection.image);
    publish({ phase: "loading", ...lookedAt(model, image) });
    if (model.weights.status !== "ready") return { phase: "weights", prediction: null, seen: null };
    if (image === null) return { phase: "blank", prediction: null, seen: null };
    return predict(model, image, signal);
  }

  /**
   * Scores of another network do not stay beside this one.
   *
   * @param {import("../types.js").Model | null} model
   * @param {string | null} image
   */
  function lookedAt(model, image) {
    const former = store.get();
    if (model) api.preparePictures(model.id, chosenPreparation(model, state.get()));
    const is_same = model !== null && former.model?.id === model.id;
    return {
      model,
      image,
      prediction: is_same ? former.prediction : null,
      seen: is_same ? former.seen : null,
    };
  }

  /** What the address names, as far as it is known without asking. */
  function knownAtOnce() {
    const { model: name, image } = state.get();
    const listed = catalogue.find(name);
    const model = listed ?? (name === unlisted.name ? unlisted.model : null);
    return lookedAt(model, model ? imageFor(model, image) : (image === NO_PICTURE ? null : (image ?? store.get().image)));
  }

  function run() {
    // At once: whoever acts before the answer is here must not act on the former network.
    publish({ phase: "loading", ...knownAtOnce() });
    latest.run(look, publish, (error) => {
      publish({ phase: "problem", problem: asProblem(error), prediction: null, seen: null });
    });
  }

  state.subscribe((selection, previous) => {
    const { model, image, top, preparation } = selection;
    if (preparation !== previous.preparation) renew();
    else if (model !== previous.model || image !== previous.image || top !== previous.top) run();
  });

  /**
   * Something else is true of the network from now on, such as how pictures are prepared for it:
   * what was computed is forgotten everywhere, and asked anew.
   */
  function renew() {
    latest.cancel();
    api.renewInputs();
    publish({ phase: "loading", model: null, prediction: null, seen: null });
    run();
  }

  /** The last picture that another request missed. @type {string | null} */
  let missed = null;

  return {
    get: store.get,
    subscribe: store.subscribe,
    run,
    renew,

    /**
     * Another request failed: if only because the server has forgotten the picture, as after a
     * restart, looks again, which sends it again where this page still holds it.
     *
     * @param {unknown} error
     * @returns {boolean} whether that is under way; at most once a picture
     */
    recovers(error) {
      const { image } = store.get();
      if (!(error instanceof Problem) || error.type !== "unknown-image") return false;
      if (image === missed) return false;
      missed = image;
      run();
      return true;
    },

    /** Gives up waiting. */
    stop() {
      if (store.get().phase !== "loading") return;
      latest.cancel();
      publish({ phase: "stopped", prediction: null, seen: null });
    },
  };
}
