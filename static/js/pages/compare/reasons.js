/** The attributions of both sides: one method, one class, a map a side. */

import { createLatest } from "../../shared/latest.js";
import { subtracted } from "../../shared/heat.js";
import { decodeNpy } from "../../shared/maps.js";
import { asProblem } from "../../shared/problem.js";
import { createStore } from "../../shared/store.js";
import { SIDES } from "./address.js";
import { classOf } from "./agreement.js";
import { inInput, inPicture, isInside } from "./geometry.js";

/** @typedef {import("./address.js").Side} Side */
/** @typedef {import("../../shared/heat.js").Heat} Heat */
/** @typedef {import("../../types.js").AttributionMethod} Method */
/**
 * @typedef {object} Reason
 * @property {"waiting" | "loading" | "ready" | "problem"} phase
 * @property {{document: import("../../types.js").Attribution, heat: Heat} | null} answer
 * @property {number} done steps
 * @property {number} total 0 until it is known
 * @property {string} problem
 *
 * @typedef {Record<Side, Reason> & {methods: Method[]}} Reasons  methods: those that both sides have
 */

const USUAL_METHOD = "grad_cam";
/** @type {Reason} */
const NOTHING = { phase: "waiting", answer: null, done: 0, total: 0, problem: "" };

/** @param {import("./page.js").Page} page */
export function createReasons(page) {
  const { api, address, comparison } = page;
  const store = createStore(/** @type {Reasons} */ ({ left: NOTHING, right: NOTHING, methods: [] }));
  const latest = { left: createLatest(), right: createLatest() };
  const latest_methods = createLatest();
  const asked = { left: "", right: "" };
  /** What the maps are of, whatever the method. */
  const targets = { left: "", right: "" };
  let asked_methods = "";
  let are_methods_known = false;

  /** @param {Side} side @param {Partial<Reason>} changes */
  function publish(side, changes) {
    const before = store.get();
    store.set({ ...before, [side]: { ...before[side], ...changes } });
  }

  /** @returns {string | null} */
  function method() {
    const { methods } = store.get();
    const wanted = address.get().method;
    const names = methods.map(({ name }) => name);
    return [wanted, USUAL_METHOD, names[0]].find((name) => name && names.includes(name)) ?? null;
  }

  function loadMethods() {
    const { left, right } = comparison.get();
    if (!left.detail || !right.detail) return;
    const models = [...new Set([left.model, right.model])];
    const key = models.join(" ");
    if (key === asked_methods) return;
    asked_methods = key;
    are_methods_known = false;
    latest_methods.run(
      (signal) => Promise.all(models.map((model) => api.attributionMethods(model, signal))),
      ([one, other = one]) => {
        const names = new Set(other.methods.map(({ name }) => name));
        // What weighs the maps of a layer needs one.
        const has_layers = one.default_layer !== null && other.default_layer !== null;
        const methods = one.methods.filter(
          ({ name, uses_layer }) => names.has(name) && (has_layers || !uses_layer),
        );
        are_methods_known = true;
        store.set({ ...store.get(), methods });
        update();
      },
      (error) => {
        for (const side of SIDES) publish(side, { phase: "problem", problem: asProblem(error).message });
      },
    );
  }

  /** @param {Side} side */
  function settle(side) {
    const { model, image, detail, seen, problem } = comparison.get()[side];
    const name = method();
    const index = classOf(page, side);
    const is_silent = detail?.classes === 0;
    const target = JSON.stringify([model, image, index, problem]);
    // Another network on the other side leaves this side's map as it is, if its method stays.
    if (!are_methods_known && targets[side] === target) return;
    targets[side] = target;
    const is_asked = are_methods_known && name !== null && index !== null;
    const is_ready = detail && seen && is_asked && !is_silent && problem === "";
    const key = is_ready ? JSON.stringify([model, image, name, index]) : `${is_silent} ${problem}`;
    if (asked[side] === key) return;
    asked[side] = key;
    latest[side].cancel();
    if (!is_ready) {
      const text = is_silent
        ? "This network has no classes. The microscope explains its units: Open in the microscope, Why."
        : problem && "No attribution: see the words at its network.";
      publish(side, { ...NOTHING, problem: text });
      return;
    }
    publish(side, { ...NOTHING, phase: "loading" });
    const query = { image, class: index };
    latest[side].run(
      async (signal) => {
        /** @param {number} done @param {number} total */
        const onProgress = (done, total) => {
          if (!signal.aborted) publish(side, { done, total });
        };
        const document = await api.attribution(model, name, query, onProgress, signal);
        const body = await api.attributionValues(model, name, query, signal);
        const [height, width] = document.shape;
        return { document, heat: { values: decodeNpy(body), height, width } };
      },
      (answer) => publish(side, { phase: "ready", answer }),
      (error) => publish(side, { phase: "problem", problem: asProblem(error).message }),
    );
  }

  function update() {
    loadMethods();
    SIDES.forEach(settle);
  }
  comparison.subscribe(update);
  address.subscribe(update);

  return {
    get: store.get,
    subscribe: store.subscribe,
    method,

    /** @param {Side} side */
    stop(side) {
      latest[side].cancel();
      publish(side, { ...NOTHING, phase: "problem", problem: "Stopped. Choose a method or a class to go on." });
    },
  };
}

/**
 * @param {Heat} one
 * @param {import("./geometry.js").SeenPart} seen where it lies in the picture
 * @param {Heat} other of the same picture; laid on the pixels of the first, the nearest ones
 * @param {import("./geometry.js").SeenPart} other_seen
 * @returns {Heat} one - other, each divided by its largest magnitude first, since two networks'
 *   logits have no unit in common; nan where only one of them looks
 */
export function differenceOf(one, seen, other, other_seen) {
  const { height, width } = one;
  if (other.height === height && other.width === width && isSamePart(seen, other_seen)) {
    return subtracted(one, other, true);
  }
  const values = new Float32Array(height * width);
  for (let place = 0; place < values.length; place += 1) {
    const middle = {
      x: ((place % width) + 0.5) / width,
      y: (Math.floor(place / width) + 0.5) / height,
    };
    const at = inInput(other_seen, inPicture(seen, middle));
    const row = Math.floor(at.y * other.height);
    values[place] = isInside(at) ? other.values[row * other.width + Math.floor(at.x * other.width)] : NaN;
  }
  return subtracted(one, { values, height, width }, true);
}

/** @param {import("./geometry.js").SeenPart} one @param {import("./geometry.js").SeenPart} other */
const isSamePart = ({ image_box: one }, { image_box: other }) =>
  /** @type {(keyof typeof one)[]} */ (["left", "top", "right", "bottom"]).every((edge) => one[edge] === other[edge]);
