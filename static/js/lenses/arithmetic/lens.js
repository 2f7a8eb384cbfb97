/** How the selected unit got its value: every number in it, each leading one layer further back. */

import { openUnit } from "../../address/selected_unit.js";
import { button, element } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";
import { asProblem } from "../../shared/problem.js";
import { awaitedFirst, createWaiting } from "../../shared/waiting.js";
import { beginning } from "./beginning.js";
import { createNumberCurve } from "./curve.js";
import { createNumberFormula } from "./formula.js";
import { createNumberMatrix } from "./matrix.js";
import { createNumberPatch } from "./patch.js";
import { createNumberPixel } from "./pixel.js";
import { createNumberPlay } from "./play.js";
import { createTrail } from "./trail.js";
import { createTrailView } from "./trail_view.js";
import { createUnitNumber } from "./unit_number.js";
import { exactFloat32, exactText, placeText, readable } from "./values.js";

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View}
 */
export function createNumberView(parent, context) {
  const { state, api, analysis, network } = context;
  const unit_number = createUnitNumber(context);
  const latest = createLatest();

  const title = element("h3", { class: "number-title" });
  const value = element("output", { class: "number-value" });
  const check = element("p", { class: "quiet number-check" });
  const strongest = button("Strongest unit", () => goToStrongest(), {
    class: "button button-small",
    title: "Take the unit of this layer with the largest value",
  });
  const in_channel = button("Strongest in channel", () => goToStrongest(state.get().channel), {
    class: "button button-small",
    title: "Take the unit of this channel with the largest value",
  });
  const tools = element("div", { class: "number-tools" }, strongest, in_channel);
  const head = element(
    "div",
    { class: "number-head" },
    element("div", { class: "number-name" }, title, value),
    check,
    tools,
  );
  /** @param {string} name */
  const part = (name) => element("div", { class: name });
  const parts = {
    play: part("number-play"),
    formula: part("number-formula"),
    curve: part("number-curve"),
    operands: part("number-operands"),
    pixel: part("number-pixel"),
    patch: part("number-patch"),
    matrix: part("number-matrix"),
  };
  const body = element("div", { class: "number-body" }, head, ...Object.values(parts));
  const notice = element("div", { class: "number-notice" });
  parent.classList.add("number");
  const way = element("div", { class: "number-trail", attributes: { hidden: true } });
  const waiting = createWaiting({ is_over: true });
  parent.append(element("div", { class: "waiting-place" }, waiting.node), way, notice, body);
  const trail = createTrail(context);
  const trail_view = createTrailView(way, context, trail);

  const play = createNumberPlay(parts.play, tools, context);
  const formula = createNumberFormula(parts.formula, context);
  const curve = createNumberCurve(parts.curve);
  const pixel = createNumberPixel(parts.pixel, context);
  const patch = createNumberPatch(parts.patch, context);
  const matrix = createNumberMatrix(parts.matrix, context);

  /** What was selected when the strongest unit was asked for. */
  let sought_from = "";
  let sought = /** @type {{channel: number | null}} */ ({ channel: null });
  function standpoint() {
    const { model, image } = analysis.get();
    const { lens, layer, channel, row, column } = state.get();
    return JSON.stringify([model?.id, image, lens, layer, channel, row, column]);
  }

  /** Who has gone elsewhere meanwhile is not fetched back. */
  function giveUpSearch() {
    if (sought_from === "" || standpoint() === sought_from) return;
    sought_from = "";
    latest.cancel();
  }

  /** @param {number | null} [channel] */
  function goToStrongest(channel = null) {
    const layer = network.selected();
    const { model, image } = analysis.get();
    if (!layer || !model || image === null) return;
    sought_from = standpoint();
    sought = { channel };
    latest.run(
      (signal) =>
        api.strongestUnit(
          { model: model.id, layer: layer.id, image, ...(channel === null ? {} : { channel }) },
          signal,
        ),
      ({ units }) => {
        sought_from = "";
        if (units[0]) openUnit(state, units[0]);
        showWaiting();
      },
      (error) => {
        sought_from = "";
        showNotice([element("p", { text: asProblem(error).message })]);
        showWaiting();
      },
    );
    showWaiting();
  }

  function stopSearch() {
    latest.cancel();
    sought_from = "";
    showWaiting(() => goToStrongest(sought.channel));
  }

  /** @param {(() => void) | null} [again] what was stopped just now */
  function showWaiting(again = null) {
    const { phase } = unit_number.get();
    const first = awaitedFirst(context);
    const text = "Working out how this number was made";
    if (sought_from !== "") waiting.show("Looking for the strongest unit", { stop: stopSearch });
    else if (first) waiting.show(text, first);
    else if (phase === "loading") waiting.show(text, { stop: unit_number.stop });
    else waiting.show(null, { again: phase === "stopped" ? unit_number.reload : again });
  }

  /** @param {import("../../types.js").Explanation} answer */
  function labelOf({ layer, channel, row }) {
    const { detail } = network.get();
    const is_class = detail?.output === layer && row === null;
    return is_class ? (detail?.labels[channel] ?? "") : "";
  }

  /** @param {import("../../types.js").Explanation} answer */
  function showHead(answer) {
    const label = labelOf(answer);
    const place = placeText(answer);
    title.textContent = label ? `Score of “${label}”: unit ${place}` : `Unit ${place}`;
    value.textContent = readable(answer.value);
    value.title = exactFloat32(answer.value);
    value.dataset.value = String(answer.value);
    in_channel.hidden = answer.row === null;
    if (answer.explained === null || answer.difference === null) {
      check.textContent = "Shown as the network computed it.";
    } else if (answer.difference === 0) {
      check.textContent = "Worked out again in float64: exactly what the network has.";
    } else {
      check.textContent =
        `Worked out again in float64: ${exactText(answer.explained)}, ` +
        `${readable(Math.abs(answer.difference))} away from the network's float32.`;
    }
  }

  /** @param {import("../../types.js").Explanation} answer */
  function showOperands({ kind, operands, derivatives, layer }) {
    const slopes = kind === "elementwise" || kind === "normalisation" ? derivatives : [];
    const listed = kind === "unexplained" || kind === "copy" ? operands : [];
    parts.operands.hidden = slopes.length + listed.length === 0;
    parts.operands.replaceChildren(
      ...slopes.map(({ unit, value: slope }) =>
        element(
          "p",
          {},
          "Slope by ",
          operandLink(unit),
          ": ",
          element("strong", {
            class: "figure",
            text: readable(slope),
            attributes: { title: exactText(slope), "data-value": String(slope) },
          }),
        ),
      ),
      ...listed.map((unit) =>
        element("p", {}, kind === "copy" ? "From " : `${layer} reads `, operandLink(unit)),
      ),
    );
  }

  /** @param {import("../../types.js").UnitValue} unit */
  const operandLink = (unit) =>
    button(placeText(unit), () => openUnit(state, unit), {
      class: "link",
      title: `${exactFloat32(unit.value)}. Click to see how it was made.`,
    });

  /** @param {(HTMLElement | string)[]} content */
  function showNotice(content) {
    notice.hidden = content.length === 0;
    notice.replaceChildren(...content);
  }

  function explanation() {
    const { phase, problem } = unit_number.get();
    if (phase === "no unit") return beginning(context, { trail, goToStrongest });
    if (phase === "problem") {
      return [
        element("p", { class: "notice notice-problem", text: problem?.message ?? "" }),
        button("Try again", unit_number.reload),
      ];
    }
    if (phase !== "waiting") return [];
    const { phase: analysis_phase, model } = analysis.get();
    const { phase: network_phase, problem: network_problem, detail } = network.get();
    if (network_phase === "problem" || analysis_phase === "problem") {
      const problem_above = network_phase === "problem" ? network_problem : analysis.get().problem;
      const again = network_phase === "problem" ? network.reload : () => analysis.run();
      return [element("p", { text: problem_above?.message ?? "" }), button("Try again", again)];
    }
    if (analysis_phase === "stopped") {
      return [element("p", { text: "Stopped." }), button("Start again", () => analysis.run())];
    }
    if (network_phase === "stopped") {
      const text = "Its layers are not known: tracing was stopped.";
      return [element("p", { text }), button("Start again", network.reload)];
    }
    const text =
      detail && !network.selected()
        ? `${detail.title} has no layer “${network.selectedId()}”. Take another from the network.`
        : analysis_phase === "blank"
          ? "No picture yet: there is nothing to explain."
          : analysis_phase === "weights"
            ? `The weights of ${model?.title ?? "this model"} are not here: it computes nothing.`
            : "";
    return [element("p", { text })];
  }

  let shown = /** @type {import("../../types.js").Explanation | null} */ (null);
  let told = "";

  function update() {
    giveUpSearch();
    if (state.get().lens !== "number") return;
    const { phase, answer, values, weights } = unit_number.get();
    parent.setAttribute("aria-busy", String(phase === "loading"));
    const is_waiting = [phase, analysis.get().phase, network.get().phase].includes("loading");
    body.classList.toggle("is-waiting", is_waiting && answer !== null);
    showWaiting();
    body.hidden = answer === null;
    const classes = analysis.get().prediction?.classes.map(({ index }) => index);
    const key = JSON.stringify([phase, network.selectedId(), classes, analysis.get().phase]);
    if (key !== told) showNotice(explanation());
    told = key;
    if (answer === shown) return;
    shown = answer;
    if (answer === null) {
      delete parent.dataset.unit;
      play.show(null, null, null);
      return;
    }
    trail.learn(answer, answer.value);
    showHead(answer);
    play.show(answer, values, weights);
    formula.show(answer);
    curve.show(answer);
    showOperands(answer);
    pixel.show(answer);
    patch.show(answer, values, weights);
    matrix.show(answer, weights);
    parent.dataset.unit = `${answer.layer} ${answer.channel} ${answer.row} ${answer.column}`;
    // What plays stays in sight.
    if (state.get().play === null) parent.scrollTop = 0;
  }
  const ends = [unit_number, state, network, analysis].map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      latest.cancel();
      trail_view.destroy?.();
      trail.destroy();
      matrix.destroy();
      play.destroy();
      unit_number.destroy();
      parent.replaceChildren();
    },
  };
}
