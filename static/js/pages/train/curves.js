/** Loss and accuracy against steps, the checkpoints among them, and the one that is looked at. */

import { gridLine, linearTicks, plotLabel } from "../../shared/axes.js";
import { element, svg } from "../../shared/element.js";
import { formatFixed, formatInteger, formatPercent } from "../../shared/format.js";

/** @typedef {import("./types.js").Point} Point */
/** @typedef {(value: number) => number} Place */

const MARGIN = { left: 46, right: 14, top: 10, bottom: 34 };
const HEIGHT_PX = 165;
// Below it a logarithm says more of the last batch than of the network.
const LEAST_LOSS = 1e-3;
// Of the two plots, where a step looks at a batch, and where at everything.
const CAPTIONS = {
  batch: ["Loss of the batch, nats", "Accuracy, %: of the epoch so far, and of the batch (faint)"],
  whole_set: ["Loss over the whole training set, nats", "Accuracy on the whole training set, %"],
};
// What an empty plot spans: about that of ten classes guessed.
const NO_LOSS = 2.5;

/** @param {number} least @param {number} largest @returns {number[]} 1, 2, 5, 10, … between them */
function logTicks(least, largest) {
  const first = Math.floor(Math.log10(least));
  const last = Math.ceil(Math.log10(largest));
  const powers = Array.from({ length: last - first + 1 }, (_, place) => 10 ** (first + place));
  // Over many decades their beginnings are enough.
  const parts = last - first > 2 ? [1] : [1, 2, 5];
  return powers
    .flatMap((power) => parts.map((part) => part * power))
    .filter((tick) => tick >= least * (1 - 1e-9) && tick <= largest * (1 + 1e-9));
}

/**
 * @param {HTMLElement} parent
 * @param {{title: string, unit: string, lines: {class: string, value: (point: Point) => number}[],
 *   session: import("./session.js").Session, address: import("./address.js").Address}} parts
 */
function createCurve(parent, { title, unit, lines, session, address }) {
  const is_loss = unit === "nats";
  const drawing = svg("svg", { class: "plot train-plot", role: "img", "aria-label": title });
  parent.append(drawing);

  /** @param {number} largest_step */
  function acrossOf(largest_step) {
    const width = parent.clientWidth - MARGIN.left - MARGIN.right;
    return /** @type {Place} */ ((step) => MARGIN.left + (step / largest_step) * width);
  }

  /** @param {Point[]} points @returns {{down: Place, ticks: number[]}} */
  function scaleOf(points) {
    const bottom = HEIGHT_PX - MARGIN.bottom;
    const height = bottom - MARGIN.top;
    if (!is_loss) {
      return { down: (value) => bottom - value * height, ticks: [0, 0.25, 0.5, 0.75, 1] };
    }
    const losses = points.map(({ loss }) => loss);
    const largest = losses.reduce((most, loss) => Math.max(most, loss), losses.length > 0 ? 0.1 : NO_LOSS);
    if (address.get().axis !== "log") {
      return {
        down: (value) => bottom - (value / largest) * height,
        ticks: linearTicks(largest),
      };
    }
    const smallest = losses.reduce((least, loss) => Math.min(least, loss), largest);
    const least = Math.min(Math.max(smallest, LEAST_LOSS), largest / 10);
    const span = Math.log(largest / least);
    return {
      down: (value) => bottom - (Math.log(Math.max(value, least) / least) / span) * height,
      ticks: logTicks(least, largest),
    };
  }

  function draw() {
    const width = parent.clientWidth;
    if (width === 0) return;
    const { run, points } = session.get();
    const largest_step = Math.max(1, run?.steps_total ?? 100);
    const across = acrossOf(largest_step);
    const { down, ticks } = scaleOf(points);
    const bottom = HEIGHT_PX - MARGIN.bottom;
    /** @type {Node[]} */
    const nodes = [];
    for (const tick of ticks) {
      const y = down(tick);
      const text = is_loss ? String(Number(tick.toPrecision(3))) : `${tick * 100}`;
      nodes.push(
        gridLine(MARGIN.left, width - MARGIN.right, y),
        plotLabel(text, MARGIN.left - 6, y + 4, "end"),
      );
    }
    for (const tick of linearTicks(largest_step)) {
      nodes.push(plotLabel(formatInteger(Math.round(tick)), across(tick), bottom + 15, "middle"));
    }
    nodes.push(plotLabel("step", width - MARGIN.right, HEIGHT_PX - 4, "end"));
    for (const { step } of run?.checkpoints ?? []) {
      const x = across(step);
      nodes.push(svg("path", { class: "train-kept", d: `M${x} ${bottom - 4}V${bottom + 4}` }));
    }
    for (const line of lines) nodes.push(curveOf(points, line, across, down));
    if (!is_loss && run && run.held_out_accuracy !== null) {
      const y = down(run.held_out_accuracy);
      nodes.push(
        gridLine(MARGIN.left, width - MARGIN.right, y, `train-held-out is-${run.state}`),
      );
    }
    const chosen = session.checkpoint();
    if (chosen) {
      const x = across(chosen.step);
      nodes.push(svg("path", { class: "train-chosen", d: `M${x} ${MARGIN.top}V${bottom}` }));
    }
    drawing.setAttribute("viewBox", `0 0 ${width} ${HEIGHT_PX}`);
    drawing.setAttribute("height", String(HEIGHT_PX));
    drawing.replaceChildren(...nodes);
  }

  /**
   * @param {Point[]} points
   * @param {{class: string, value: (point: Point) => number}} line
   * @param {Place} across
   * @param {Place} down
   */
  function curveOf(points, line, across, down) {
    const places = points.map(
      (point) => `${across(point.step).toFixed(1)} ${down(line.value(point)).toFixed(1)}`,
    );
    // A single point shows as a dot, by its round end.
    const d = places.length === 1 ? `M${places[0]}L${places[0]}` : `M${places.join("L")}`;
    return svg("path", { class: `train-curve ${line.class}`, d: places.length > 0 ? d : "M0 0" });
  }

  drawing.addEventListener("click", (event) => {
    const { run } = session.get();
    if (!run || run.checkpoints.length === 0) return;
    const across = acrossOf(Math.max(1, run.steps_total ?? 100));
    const x = event.clientX - drawing.getBoundingClientRect().left;
    const nearest = run.checkpoints.reduce((best, each) =>
      Math.abs(across(each.step) - x) < Math.abs(across(best.step) - x) ? each : best,
    );
    address.change({ step: nearest.step });
  });
  return { draw, drawing, acrossOf };
}

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
  const readout = element("p", { class: "quiet train-readout" });
  const boxes = [0, 1].map(() => element("div", { class: "train-plot-box" }));
  const loss = createCurve(boxes[0], {
    title: "Loss of every step",
    unit: "nats",
    lines: [{ class: "colour-1", value: (point) => point.loss }],
    session,
    address,
  });
  const accuracy = createCurve(boxes[1], {
    title: "Accuracy of every step",
    unit: "%",
    lines: [
      { class: "colour-0 is-faint", value: (point) => point.batch_accuracy },
      { class: "colour-0", value: (point) => point.accuracy },
    ],
    session,
    address,
  });
  const captions = boxes.map(() => element("figcaption"));
  const figures = boxes.map((box, place) => element("figure", {}, captions[place], box));
  parent.append(element("div", { class: "train-plots" }, ...figures), readout);

  function nameCurves() {
    const texts = seesWholeSet() ? CAPTIONS.whole_set : CAPTIONS.batch;
    for (const [place, text] of texts.entries()) captions[place].textContent = text;
  }

  const seesWholeSet = () => session.get().run?.choice.batch_size === null;

  /** @param {Point | undefined} point */
  function read(point) {
    const { run } = session.get();
    if (point) {
      const batch = seesWholeSet() ? "" : ` · batch ${formatPercent(point.batch_accuracy)}`;
      readout.textContent = `step ${formatInteger(point.step)} · loss ${formatFixed(point.loss, 4)} \
· accuracy ${formatPercent(point.accuracy)}${batch}`;
    } else {
      readout.textContent =
        run && run.held_out_accuracy !== null
          ? `Dashed: ${formatPercent(run.held_out_accuracy)} of the held-out pictures.`
          : "Marks on the axis are checkpoints; click near one to look at it.";
    }
  }

  for (const { drawing, acrossOf } of [loss, accuracy]) {
    drawing.addEventListener("pointermove", (event) => {
      const { run, points } = session.get();
      if (!run || points.length === 0) return;
      const across = acrossOf(Math.max(1, run.steps_total ?? 100));
      const x = event.clientX - drawing.getBoundingClientRect().left;
      const place = points.reduce((best, point) =>
        Math.abs(across(point.step) - x) < Math.abs(across(best.step) - x) ? point : best,
      );
      read(place);
    });
    drawing.addEventListener("pointerleave", () => read(undefined));
  }

  let is_due = false;
  function draw() {
    log.checked = address.get().axis === "log";
    nameCurves();
    if (is_due) return;
    is_due = true;
    requestAnimationFrame(() => {
      is_due = false;
      loss.draw();
      accuracy.draw();
    });
  }
  session.subscribe((now, before) => {
    if (now.run?.held_out_accuracy !== before.run?.held_out_accuracy) read(undefined);
    draw();
  });
  address.subscribe(draw);
  new ResizeObserver(draw).observe(parent);
  read(undefined);
  draw();
}
