/** Loss and accuracy, of what is trained on and of what is held out, and the line of chance. */

import { element, setText } from "../../shared/element.js";
import { formatFixed, formatInteger, formatPercent } from "../../shared/format.js";
import { createCurve } from "./curve.js";
import { chanceWords, linesOf, placeOf } from "./lines.js";

/** @typedef {import("./types.js").Followed} Followed */

// Of the two plots, where a step looks at a batch, and where at everything.
const CAPTIONS = {
  batch: ["Loss, nats: of each batch, and of the held-out pictures", "Accuracy, %: of the epoch so far, and of the held-out pictures"],
  whole_set: [
    "Loss, nats: over the whole training set, and of the held-out pictures",
    "Accuracy, %: on the whole training set, and of the held-out pictures",
  ],
};
// What an empty plot spans: about that of ten classes guessed.
const NO_LOSS = 2.5;
const HINT = "Marks on the axis are checkpoints; click near one to look at it.";

/** @param {string} name @param {string} text */
const key = (name, text) =>
  element("span", { class: "train-key" }, element("span", { class: `train-swatch ${name}` }), text);

/** @param {Followed} followed */
export const runName = ({ run }) =>
  run ? run.name || `${run.choice.architecture} on ${run.choice.data}, ${run.id}` : "";

/**
 * @param {HTMLElement} parent
 * @param {HTMLElement} tools
 * @param {{session: import("./session.js").Session, address: import("./address.js").Address}}
 *   parts
 */
export function createCurves(parent, tools, { session, address }) {
  const log = element("input", {
    attributes: { type: "checkbox" },
    on: { change: () => address.change({ axis: log.checked ? "log" : "linear" }) },
  });
  tools.append(element("label", { class: "train-check" }, log, "logarithmic loss"));
  const legend = element("p", { class: "quiet train-legend" });
  const readout = element("p", { class: "quiet train-readout" });
  const boxes = [0, 1].map(() => element("div", { class: "train-plot-box" }));
  const loss = createCurve(boxes[0], "Loss of every step, and of the held-out pictures of every epoch");
  const accuracy = createCurve(boxes[1], "Accuracy of every step, and on the held-out pictures of every epoch");
  const captions = boxes.map(() => element("figcaption"));
  const figures = boxes.map((box, place) => element("figure", {}, captions[place], box));
  parent.append(legend, element("div", { class: "train-plots" }, ...figures), readout);

  /** Both runs that are shown. @returns {{name: string, followed: Followed}[]} */
  function shown() {
    const first = { name: "run-1", followed: session.get() };
    const other = session.other.get();
    return other.run ? [first, { name: "run-2", followed: other }] : [first];
  }
  const isByEpoch = () => shown().length > 1;

  /** @returns {number} */
  function largestX() {
    const all = shown().map(({ followed: { run } }) =>
      isByEpoch() ? (run?.choice.epochs ?? 1) : (run?.steps_total ?? 100),
    );
    return Math.max(1, ...all);
  }

  function drawNow() {
    const by_epoch = isByEpoch();
    const runs = shown().map(({ name, followed }) => linesOf(followed, by_epoch, name));
    const { run } = session.get();
    const chance = run?.chance ?? null;
    const place = placeOf(session.get(), by_epoch);
    const chosen = session.checkpoint();
    const shared = {
      largest_x: largestX(),
      x_title: by_epoch ? "epoch" : "step",
      marks: (run?.checkpoints ?? []).map(({ step }) => place(step)),
      chosen: chosen ? place(chosen.step) : null,
    };
    loss.draw({
      ...shared,
      lines: runs.flatMap((each) => each.loss),
      levels: chance ? [{ value: chance.loss, class: "train-chance-line" }] : [],
      scale: address.get().axis,
      no_values: NO_LOSS,
    });
    accuracy.draw({
      ...shared,
      lines: runs.flatMap((each) => each.accuracy),
      levels: chance ? [{ value: chance.accuracy, class: "train-chance-line" }] : [],
      scale: "share",
    });
  }

  function nameLines() {
    const whole = session.get().run?.choice.batch_size === null;
    const texts = whole ? CAPTIONS.whole_set : CAPTIONS.batch;
    for (const [place, text] of texts.entries()) setText(captions[place], text);
    const runs = shown();
    const { run } = session.get();
    const named = runs.length > 1;
    const keys = runs.flatMap(({ name, followed }) => [
      key(`${name} is-trained`, named ? `${runName(followed)}: training` : "training"),
      key(`${name} is-held-out`, "held out"),
    ]);
    const words = run?.chance ? `: ${chanceWords(run.chance, run.class_names?.length ?? 0)}` : "";
    const text = JSON.stringify([runs.map(({ followed }) => runName(followed)), words]);
    if (legend.dataset.text === text) return;
    legend.dataset.text = text;
    legend.replaceChildren(...keys, key("is-chance", `chance${words}`));
  }

  /** @param {number | null} x null: nowhere */
  function read(x) {
    const { run, points, epochs } = session.get();
    if (x === null || !run || points.length === 0) {
      setText(readout, HINT);
      return;
    }
    const place = placeOf(session.get(), isByEpoch());
    /** @template {{step: number}} T @param {T[]} all */
    const nearest = (all) =>
      all.reduce((best, each) =>
        Math.abs(place(each.step) - x) < Math.abs(place(best.step) - x) ? each : best,
      );
    const point = nearest(points);
    const batch = run.choice.batch_size === null ? "" : `, batch ${formatPercent(point.batch_accuracy)}`;
    const text = `step ${formatInteger(point.step)}: loss ${formatFixed(point.loss, 4)}, accuracy \
${formatPercent(point.accuracy)}${batch}`;
    const epoch = epochs.length > 0 ? nearest(epochs) : null;
    const held_out = epoch
      ? ` · held out after epoch ${epoch.epoch}: ${formatFixed(epoch.loss, 4)}, ${formatPercent(epoch.accuracy)}`
      : "";
    setText(readout, text + held_out);
  }

  for (const { drawing, under } of [loss, accuracy]) {
    drawing.addEventListener("pointermove", (event) => read(under(event, largestX())));
    drawing.addEventListener("pointerleave", () => read(null));
    drawing.addEventListener("click", (event) => {
      const kept = session.get().run?.checkpoints ?? [];
      if (kept.length === 0) return;
      const place = placeOf(session.get(), isByEpoch());
      const x = under(event, largestX());
      const nearest = kept.reduce((best, each) =>
        Math.abs(place(each.step) - x) < Math.abs(place(best.step) - x) ? each : best,
      );
      address.change({ step: nearest.step });
    });
  }

  let is_due = false;
  function draw() {
    log.checked = address.get().axis === "log";
    nameLines();
    if (is_due) return;
    is_due = true;
    requestAnimationFrame(() => {
      is_due = false;
      drawNow();
    });
  }
  session.subscribe(draw);
  session.other.subscribe(draw);
  address.subscribe(draw);
  new ResizeObserver(draw).observe(parent);
  read(null);
  draw();
}
