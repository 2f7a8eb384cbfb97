/** The playground: what is trained, how it is played, and all that shows the run. */

import { readable } from "../../lenses/arithmetic/values.js";
import { button, byId, element, setText } from "../../shared/element.js";
import { formatInteger, formatPercent } from "../../shared/format.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createNumberField } from "../../shared/number_field.js";
import { onChange } from "./address.js";
import { createBoundary, createRings } from "./boundary.js";
import { createNetwork } from "./network.js";
import { createNode } from "./node.js";
import { createProgress } from "./progress.js";
import { FRAME_MS, createRun } from "./run.js";
import { ACTIVATIONS, LARGEST_HIDDEN, MOST_LAYERS, POINTS } from "./settings.js";

/** Steps from one frame to the next. */
const STRIDES = [1, 10, 50];
const USUAL_UNITS = 8;

/** @param {{address: import("./address.js").BendAddress, fail: (error: unknown) => void}} parts */
export function createPlayground({ address, fail }) {
  let stride = STRIDES[1];
  const run = createRun({ address, stride: () => stride, fail });
  createControls(byId("playground-controls"), address);
  createTransport(byId("transport"), run, (chosen) => {
    stride = chosen;
  });
  createNetwork(byId("network"), { address, run });
  createBoundary(byId("boundary"), { address, run });
  createProgress(byId("progress"), run);
  // An embedded chapter has no words above it.
  const rings = document.getElementById("rings");
  if (rings) createRings(rings, run);
  createNode(byId("node"), { address, run });
  return run.reset();
}

/** @param {HTMLElement} parent @param {import("./address.js").BendAddress} address */
function createControls(parent, address) {
  const first = address.get();
  const bend = createChosenOne({
    label: "Between the layers",
    choices: ACTIVATIONS,
    value: first.f,
    onChange: (f) => address.change({ f }, { step: true }),
  });
  const points = createChosenOne({
    label: "Points",
    choices: POINTS,
    value: first.points,
    onChange: (chosen) => address.change({ points: chosen }, { step: true }),
  });
  const layers = createNumberField({
    label: "Hidden layers",
    low: 0,
    high: MOST_LAYERS,
    step: 1,
    value: first.hidden.length,
    onChange(count) {
      const { hidden } = address.get();
      const added = Array.from({ length: count }, (_, place) => hidden[place] ?? hidden.at(-1) ?? USUAL_UNITS);
      address.change({ hidden: added });
    },
  });
  const units = createNumberField({
    label: "Units in each",
    low: 1,
    high: LARGEST_HIDDEN,
    step: 1,
    value: first.hidden[0] ?? USUAL_UNITS,
    onChange: (count) => address.change({ hidden: address.get().hidden.map(() => count) }),
  });
  const rate = createNumberField({
    label: "Rate",
    low: 0.001,
    high: 10,
    step: 0.001,
    logarithmic: true,
    value: first.rate,
    onChange: (chosen) => address.change({ rate: chosen }),
  });
  const momentum = createNumberField({
    label: "Momentum",
    low: 0,
    high: 0.99,
    step: 0.01,
    value: first.momentum,
    onChange: (chosen) => address.change({ momentum: chosen }),
  });
  const seed = createNumberField({
    label: "Seed",
    low: 0,
    high: 9999,
    step: 1,
    value: first.seed,
    onChange: (chosen) => address.change({ seed: chosen }),
  });
  parent.append(
    element("div", { class: "bend-chosen" }, bend.node, points.node),
    element(
      "details",
      { class: "bend-more" },
      element("summary", { text: "Layers, units, rate, momentum, seed" }),
      element("div", { class: "bend-fields" }, ...[layers, units, rate, momentum, seed].map(({ node }) => node)),
    ),
  );
  onChange(address, ["f", "points", "hidden", "rate", "momentum", "seed"], () => {
    const shown = address.get();
    bend.show(shown.f);
    points.show(shown.points);
    layers.show(shown.hidden.length);
    if (shown.hidden.length > 0) units.show(shown.hidden[0]);
    rate.show(shown.rate);
    momentum.show(shown.momentum);
    seed.show(shown.seed);
  });
}

/**
 * @param {HTMLElement} parent
 * @param {import("./run.js").Run} run
 * @param {(stride: number) => void} onStride
 */
function createTransport(parent, run, onStride) {
  const play = button("Play", () => (run.get().is_playing ? run.pause() : run.play()), {
    class: "button button-primary",
  });
  const speed = createChosenOne({
    label: "Steps a second",
    choices: STRIDES.map((each) => ({
      value: String(each),
      text: formatInteger((each * 1000) / FRAME_MS),
    })),
    value: String(STRIDES[1]),
    onChange: (chosen) => onStride(Number(chosen)),
  });
  const figures = ["Step", "Loss, nats", "Points told right"].map((name) => {
    const value = element("dd");
    return { value, node: element("div", { class: "readout" }, element("dt", { text: name }), value) };
  });
  const said = element("p", { class: "bend-said", attributes: { "aria-live": "polite" } });
  parent.append(
    element(
      "div",
      { class: "bend-buttons" },
      play,
      button("One step", () => run.step()),
      button("Reset", () => run.reset()),
      speed.node,
    ),
    element("dl", { class: "readouts" }, ...figures.map(({ node }) => node)),
    said,
  );
  run.subscribe(() => {
    const { frame, is_playing, is_finite } = run.get();
    if (!frame) return;
    setText(play, is_playing ? "Pause" : "Play");
    const values = [frame.step, frame.loss, frame.accuracy];
    const texts = [formatInteger(frame.step), readable(frame.loss), formatPercent(frame.accuracy)];
    figures.forEach(({ value }, index) => {
      value.textContent = texts[index];
      value.dataset.value = String(values[index]);
    });
    if (!is_playing) setText(said, is_finite ? verdict(frame) : "The loss is no number any more: the rate is far too high. Lower it, and reset.");
  });
}

/** @param {import("./run.js").Frame} frame */
function verdict({ step, accuracy }) {
  if (step === 0) return "";
  const of_chance = accuracy < 0.65 ? "about what a coin would do" : "";
  const all = accuracy === 1 ? "all of them" : "";
  const tail = of_chance || all;
  return `After ${formatInteger(step)} steps ${formatPercent(accuracy)} of the points are told right${tail ? `: ${tail}` : ""}.`;
}
