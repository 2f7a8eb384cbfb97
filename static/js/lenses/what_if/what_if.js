/** The scores as they are and as they would be: asked anew as interventions or the picture change. */

import { changesNothing, textFromEdit } from "../../address/picture_edit.js";
import { descending, difference } from "../../shared/format.js";
import { asProblem } from "../../shared/problem.js";
import { createStore } from "../../shared/store.js";

/** @typedef {import("../../types.js").ClassChange} ClassChange */
/** @typedef {ReturnType<typeof createWhatIf>} WhatIf */

/**
 * @typedef {object} WhatIfState
 * @property {boolean} is_busy an answer to the newest question is on its way
 * @property {ClassChange[]} classes before and after; empty before the first answer
 * @property {import("../../types.js").Interventions | null} answer of the newest question
 * @property {string | null} variant id of the changed picture; null: it is as it was
 * @property {boolean} is_stopped the newest question was given up
 * @property {import("../../shared/problem.js").Problem | null} problem
 */

/**
 * One question at a time, then the newest: dragging keeps the scores moving, and no older answer
 * comes after a newer one.
 *
 * @param {{state: import("../../address/state.js").State, api: import("../../api/api.js").Api,
 *   analysis: import("../../scores/analysis.js").AnalysisStore,
 *   stage: import("../../picture/stage.js").Stage}} parts
 */
export function createWhatIf({ state, api, analysis, stage }) {
  /** @type {WhatIfState} */
  const nothing = {
    is_busy: false,
    classes: [],
    answer: null,
    variant: null,
    is_stopped: false,
    problem: null,
  };
  const store = createStore(nothing);
  let asked = "";
  let is_asking = false;
  let made_for = "";
  let stopping = new AbortController();

  /** @param {Partial<WhatIfState>} changes */
  function publish(changes) {
    store.set({ ...store.get(), ...changes });
    const { variant } = store.get();
    if (variant !== stage.edited.get()) stage.edited.set(variant);
  }

  function question() {
    const { lens, interventions, seen, class_index, rival } = state.get();
    const { phase, model, image, prediction } = analysis.get();
    if (lens !== "what-if" || phase !== "ready" || !model || image === null) return null;
    // Without scores nothing but the picture can be changed.
    if (!prediction && model.classes > 0) return null;
    const is_changed = !changesNothing(seen);
    return { model: model.id, image, interventions, seen: is_changed ? seen : null, class_index, rival };
  }

  const subject = () => {
    const { model, image } = analysis.get();
    return JSON.stringify([model?.id, image]);
  };

  let about = subject();
  /** What would be in a former network, or of a former picture, says nothing of this one. */
  function keepInStep() {
    if (subject() === about) return;
    about = subject();
    asked = "";
    forgetVariant();
    publish({ classes: [], answer: null, problem: null, is_stopped: false });
  }

  /** Nobody else knows it. */
  function forgetVariant() {
    const { variant } = store.get();
    made_for = "";
    publish({ variant: null });
    // Only tidiness, it would be forgotten in a while.
    if (variant && variant !== state.get().image) api.deleteImage(variant).catch(() => undefined);
  }

  async function ask() {
    keepInStep();
    if (is_asking) return;
    const next = question();
    const key = JSON.stringify(next);
    if (!next || key === asked) return;
    asked = key;
    is_asking = true;
    publish({ is_busy: true, is_stopped: false });
    const asked_about = about;
    stopping = new AbortController();
    const { signal } = stopping;
    try {
      const answer = await answerTo(next, signal);
      signal.throwIfAborted();
      if (about === asked_about) publish({ ...answer, problem: null });
    } catch (error) {
      if (about === asked_about) publish({ classes: [], answer: null, ...outcome(error, signal) });
    }
    is_asking = false;
    const is_newest = JSON.stringify(question()) === asked;
    publish({ is_busy: !is_newest && question() !== null });
    ask();
  }

  /** @param {unknown} error @param {AbortSignal} signal */
  const outcome = (error, signal) =>
    signal.aborted ? { is_stopped: true, problem: null } : { problem: asProblem(error) };

  /** @param {NonNullable<ReturnType<typeof question>>} asked_now @param {AbortSignal} signal */
  async function answerTo({ model, image, interventions, seen, class_index, rival }, signal) {
    const variant = await variantOf(image, seen, signal);
    if (analysis.get().prediction === null) return { variant, answer: null, classes: [] };
    const chosen = [class_index, rival].filter((index) => index !== null);
    const highest = analysis.get().prediction?.classes.slice(0, 5) ?? [];
    const classes = [...new Set([...chosen, ...highest.map(({ index }) => index)])];
    const place = { model, image: variant ?? image };
    const answer = await api.interventions(place, { interventions, classes }, signal);
    if (variant === null) return { variant, answer, classes: answer.classes };
    // What was before is the picture itself, not the changed one.
    const indices = answer.classes.map(({ index }) => index);
    const before = await api.interventions(
      { model, image },
      { interventions: [], classes: indices, top: 1 },
      signal,
    );
    return { variant, answer, classes: merged(before.classes, answer.classes) };
  }

  /**
   * @param {string} image
   * @param {import("../../address/picture_edit.js").PictureEdit | null} seen
   * @param {AbortSignal} signal
   */
  async function variantOf(image, seen, signal) {
    const wanted = seen ? `${image} ${textFromEdit(seen)}` : "";
    if (wanted === made_for) return store.get().variant;
    const asked_about = about;
    const made = seen ? (await api.variant(image, seen, signal)).id : null;
    if (about !== asked_about) return made;
    forgetVariant();
    made_for = wanted;
    publish({ variant: made });
    return made;
  }

  const ends = [state, analysis].map((source) => source.subscribe(() => void ask()));
  ask();

  return {
    get: store.get,
    subscribe: store.subscribe,

    /** Gives up the newest question. */
    stop: () => stopping.abort(),

    /** Asks again after a problem, or after it was stopped. */
    reload() {
      asked = "";
      made_for = "";
      publish({ variant: null });
      ask();
    },

    /** Looks at the changed picture everywhere. */
    keepPicture() {
      const { variant } = store.get();
      if (!variant) return;
      made_for = "";
      publish({ variant: null });
      state.change({ image: variant, seen: {} });
    },

    destroy() {
      for (const end of ends) end();
      stage.edited.set(null);
    },
  };
}

/**
 * @param {ClassChange[]} before of which what was before counts
 * @param {ClassChange[]} after
 * @returns {ClassChange[]}
 */
function merged(before, after) {
  const by_index = new Map(before.map((each) => [each.index, each]));
  return after
    .flatMap((each) => {
      const was = by_index.get(each.index);
      if (!was) return [];
      const { logit_before, probability_before } = was;
      return {
        ...each,
        logit_before,
        probability_before,
        logit_difference: difference(each.logit_after, logit_before),
        probability_difference: difference(each.probability_after, probability_before),
      };
    })
    .sort((one, other) => descending(one.logit_before, other.logit_before));
}
