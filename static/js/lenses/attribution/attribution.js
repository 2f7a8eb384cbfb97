/** Which pixels speak for the class or the unit in hand: one map a method, asked for as long as the
 * lens "why" is open. */

import { against, rivalOf } from "../../shared/contrast.js";
import { readPreview, subtracted } from "../../shared/heat.js";
import { createLatest } from "../../shared/latest.js";
import { decodeNpy } from "../../shared/maps.js";
import { asProblem } from "../../shared/problem.js";
import { createStore } from "../../shared/store.js";

/** @typedef {import("../../types.js").Attribution} Attribution */
/** @typedef {import("../../types.js").AttributionMethod} Method */
/** @typedef {import("../../shared/heat.js").Heat} Heat */
/** @typedef {ReturnType<typeof createAttribution>} AttributionStore */

/**
 * @typedef {{document: Attribution, heat: Heat}} Answer
 *
 * @typedef {object} Card  One method.
 * @property {Method} method
 * @property {"loading" | "ready" | "problem"} phase
 * @property {number} done steps
 * @property {number} total 0 until it is known
 * @property {Answer | null} answer
 * @property {{heat: Heat, points: number, relative_gap: number | null} | null} preview what is there
 *   of a map that is refining
 * @property {import("../../shared/problem.js").Problem | null} problem
 *
 * @typedef {object} AttributionState
 * @property {"waiting" | "ready" | "problem" | "stopped"} phase waiting: there is nothing to explain yet
 * @property {import("../../types.js").AttributionMethods | null} catalogue
 * @property {Target | null} target
 * @property {Card[]} cards in the order in which they stand
 * @property {import("../../shared/problem.js").Problem | null} problem
 *
 * @typedef {object} Target
 * @property {string} text
 * @property {number | null} class_index null for a unit
 * @property {number | null} rival the class that it is told apart from
 * @property {import("../../api/api.js").AttributionQuery} query
 */

export const USUAL_METHODS = ["grad_cam", "smoothgrad", "occlusion"];
/** Answers kept, so that going back and forth between two classes asks nothing again. */
const KEPT = 32;

const NO_MAP = { answer: null, preview: null };
const BEGINNING = {
  ...{ phase: /** @type {const} */ ("loading"), done: 0, total: 0, preview: null, problem: null },
};

/** @param {Method} method @param {string[]} chosen `steps:32` */
export function optionsOf(method, chosen) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const text of chosen) {
    const [name, value = ""] = text.split(":");
    if (method.options.some((option) => option.name === name)) found[name] = value;
  }
  return found;
}

/**
 * @param {{state: import("../../address/state.js").State, api: import("../../api/api.js").Api,
 *   analysis: import("../../scores/analysis.js").AnalysisStore, network: import("../../network/network.js").Network}}
 *   parts
 */
export function createAttribution({ state, api, analysis, network }) {
  const store = createStore(
    /** @type {AttributionState} */ ({
      phase: "waiting",
      catalogue: null,
      target: null,
      cards: [],
      problem: null,
    }),
  );
  /** How strongly the maps cover the picture, 0 to 1. */
  const opacity = createStore(0.75);
  /** The pixel of the input under the pointer. */
  const cursor = createStore(/** @type {{row: number, column: number} | null} */ (null));
  const latest_catalogue = createLatest();
  let wanted_catalogue = "";

  /** @type {Map<string, Answer>} */
  const kept = new Map();
  /** Work under way by method. @type {Map<string, {key: string, stop: AbortController}>} */
  const running = new Map();
  let asked = "";
  /** The model and the picture that the cards are of. */
  let about = "";

  /** @param {Partial<AttributionState>} changes */
  const publish = (changes) => store.set({ ...store.get(), ...changes });

  /** @param {string} name @param {Partial<Card>} changes */
  function publishCard(name, changes) {
    const cards = store
      .get()
      .cards.map((card) => (card.method.name === name ? { ...card, ...changes } : card));
    publish({ cards });
  }

  function forget() {
    for (const { stop } of running.values()) stop.abort();
    running.clear();
    asked = "";
    // One that failed, or is still on its way, is asked for again when it is wanted.
    if (store.get().catalogue?.model !== wanted_catalogue) {
      latest_catalogue.cancel();
      wanted_catalogue = "";
    }
    if (store.get().phase !== "waiting") {
      publish({ phase: "waiting", target: null, cards: [], problem: null });
    }
  }

  function suspend() {
    for (const { stop } of running.values()) stop.abort();
    running.clear();
    asked = "";
    const { cards } = store.get();
    if (cards.every(({ phase, total }) => phase === "loading" && total === 0)) return;
    publish({
      cards: cards.map((card) => ({ ...card, ...BEGINNING })),
    });
  }

  /** @param {string} model_id */
  function loadCatalogue(model_id) {
    if (wanted_catalogue === model_id) return;
    wanted_catalogue = model_id;
    publish({ catalogue: null, problem: null });
    latest_catalogue.run(
      (signal) => api.attributionMethods(model_id, signal),
      (catalogue) => {
        publish({ catalogue });
        update();
      },
      (error) => publish({ phase: "problem", problem: asProblem(error) }),
    );
  }

  /** @returns {Target | null} */
  function wantedTarget() {
    const { why_of, class_index, channel, row, column } = state.get();
    const { prediction } = analysis.get();
    const { detail } = network.get();
    const layer = network.selected();
    if (!detail) return null;
    // A network without scores has no class to explain.
    if ((why_of === "unit" || detail.classes === 0) && layer && channel !== null) {
      const is_map = layer.output_shape.length === 3;
      const place = is_map ? { row: row ?? 0, column: column ?? 0 } : {};
      const where = is_map ? `${channel}, ${row ?? 0}, ${column ?? 0}` : `${channel}`;
      return {
        rival: null,
        text: `unit ${where} of ${layer.id}`,
        class_index: null,
        query: { target_layer: layer.id, channel, ...place },
      };
    }
    if (!prediction) return null;
    const index = class_index ?? prediction.classes[0].index;
    const rival = rivalOf(state.get(), index);
    /** @param {number} each */
    const label = (each) => detail.labels[each] ?? `class ${each}`;
    return {
      text: against(label(index), rival === null ? null : label(rival)),
      class_index: index,
      rival,
      query: rival === null ? { class: index } : { class: index, rival },
    };
  }

  /** @param {import("../../types.js").AttributionMethods} catalogue @returns {Method[]} */
  function wantedMethods({ methods }) {
    const { methods: chosen } = state.get();
    const names = chosen.length > 0 ? chosen : USUAL_METHODS;
    const found = names.flatMap((name) => methods.find((method) => method.name === name) ?? []);
    return [...new Set(found)];
  }

  function update() {
    const { phase, model, image } = analysis.get();
    const { lens } = state.get();
    // What was asked before something else was said of the network is not true any more.
    if (model === null) kept.clear();
    if (lens !== "why" || network.get().detail === null) {
      forget();
      return;
    }
    if (phase === "loading") {
      // What stands there is of a picture that is left: it is told apart until the new one is here.
      if (about !== JSON.stringify([model?.id, image])) suspend();
      return;
    }
    if (phase !== "ready" || !model || image === null || network.get().detail?.id !== model.id) {
      forget();
      return;
    }
    loadCatalogue(model.id);
    const { catalogue } = store.get();
    const target = wantedTarget();
    if (!catalogue || catalogue.model !== model.id) return;
    if (!target) {
      forget();
      return;
    }
    const methods = wantedMethods(catalogue);
    const wanted = methods.map((method) => ({ method, query: queryOf(method, target, image) }));
    const key = JSON.stringify([model.id, wanted.map((each) => [each.method.name, each])]);
    if (key === asked) return;
    asked = key;
    about = JSON.stringify([model.id, image]);
    const before = new Map(store.get().cards.map((card) => [card.method.name, card]));
    publish({
      phase: "ready",
      target,
      problem: null,
      cards: methods.map((method) => ({
        // What is shown stays until the new map is here: nothing jumps.
        ...(before.get(method.name) ?? { answer: null }),
        ...{ method, ...BEGINNING },
      })),
    });
    for (const [name, { stop }] of running) {
      if (!methods.some((method) => method.name === name)) {
        stop.abort();
        running.delete(name);
      }
    }
    for (const each of wanted) load(model.id, each);
  }

  /**
   * @param {Method} method
   * @param {Target} target
   * @param {string} image
   */
  function queryOf(method, target, image) {
    const { why_layer, options } = state.get();
    return {
      image,
      ...target.query,
      ...(method.uses_layer && why_layer ? { layer: why_layer } : {}),
      ...optionsOf(method, options),
    };
  }

  /**
   * @param {string} model_id
   * @param {{method: Method, query: import("../../api/api.js").AttributionQuery}} wanted
   */
  async function load(model_id, { method, query }) {
    const key = JSON.stringify([model_id, query]);
    const current = running.get(method.name);
    if (current?.key === key) return;
    current?.stop.abort();
    const stop = new AbortController();
    running.set(method.name, { key, stop });
    const is_mine = () => running.get(method.name)?.stop === stop;
    try {
      const answer = await fetchMap(model_id, method, query, stop.signal);
      if (is_mine()) publishCard(method.name, { phase: "ready", answer, preview: null });
    } catch (error) {
      if (!is_mine()) return;
      publishCard(method.name, { phase: "problem", problem: asProblem(error), ...NO_MAP });
    }
    if (is_mine()) running.delete(method.name);
  }

  /**
   * @param {string} model_id
   * @param {Method} method
   * @param {import("../../api/api.js").AttributionQuery} query
   * @param {AbortSignal} signal
   * @returns {Promise<Answer>}
   */
  async function fetchMap(model_id, method, query, signal) {
    const key = JSON.stringify([model_id, method.name, query]);
    const known = kept.get(key);
    if (known) {
      kept.delete(key);
      kept.set(key, known);
      return known;
    }
    /** @param {number} done @param {number} total @param {{preview?: any}} event */
    const onProgress = (done, total, event) => {
      if (signal.aborted) return;
      const preview = event.preview ? { preview: readPreview(event.preview) } : {};
      publishCard(method.name, { done, total, ...preview });
    };
    const document = await api.attribution(model_id, method.name, query, onProgress, signal);
    const body = await api.attributionValues(model_id, method.name, query, signal);
    const [height, width] = document.shape;
    const answer = { document, heat: { values: decodeNpy(body), height, width } };
    kept.set(key, answer);
    const oldest = kept.keys().next().value;
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    return answer;
  }

  const sources = [state, network, analysis];
  for (const source of sources) source.subscribe(update);

  return {
    get: store.get,
    subscribe: store.subscribe,
    opacity,
    cursor,

    /** Gives up asking what can be explained. */
    stopAsking() {
      latest_catalogue.cancel();
      publish({ phase: "stopped" });
    },

    /** Asks again after a problem, or after it was stopped. */
    reload() {
      asked = "";
      wanted_catalogue = "";
      update();
    },

    /** Gives up what is under way. @param {string} name of the method */
    stop(name) {
      running.get(name)?.stop.abort();
      running.delete(name);
      publishCard(name, { phase: "problem", problem: null, ...NO_MAP });
    },

    /** The card on the large picture. @returns {Card | null} */
    chosen() {
      const { cards } = store.get();
      const { method } = state.get();
      return cards.find((card) => card.method.name === method) ?? cards[0] ?? null;
    },

    /**
     * What a card shows: its map, or that less another.
     *
     * @param {Card} card
     * @returns {{heat: Heat, is_difference: boolean} | null}
     */
    shown(card) {
      const { answer, preview } = card;
      if (preview) return { heat: preview.heat, is_difference: false };
      if (!answer) return null;
      const { minus } = state.get();
      const other = store.get().cards.find(({ method }) => method.name === minus);
      if (card !== this.chosen() || !other || other === card || !other.answer) {
        return { heat: answer.heat, is_difference: false };
      }
      return { heat: subtracted(answer.heat, other.answer.heat, true), is_difference: true };
    },

    /** What is asked of the server for a card. @param {Card} card */
    queryOf(card) {
      const { target } = store.get();
      const { image } = analysis.get();
      return target && image !== null ? queryOf(card.method, target, image) : null;
    },
  };
}
