/** The selected unit: what it saw, what it answers, and what that means; more of its field beneath. */

import { NO_UNIT } from "../../address/state.js";
import { button, element } from "../../shared/element.js";
import { boxesAtOnce, sizeOf } from "../../shared/field_geometry.js";
import { formatFloat32 } from "../../shared/format.js";
import { inputPoint } from "../../shared/places.js";
import { createWaiting } from "../../shared/waiting.js";
import { createUnitFactsView } from "./unit_facts.js";
import { createUnitPatch } from "./unit_patch.js";
import { deviationOf, unitSentence } from "./unit_words.js";

/** @typedef {import("../../types.js").Box} Box */
/** @typedef {import("../../types.js").Layer} Layer */
/** @typedef {import("../../address/selected_unit.js").Unit} Unit */

/** A field of more than this share of the input's side is not round one thing in it. */
const ROUND_ONE_THING = 0.5;

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @param {{layer_maps: import("../activations/layer_maps.js").LayerMapsStore, tools: HTMLElement}} inner
 *   tools: buttons that others put beside the unit's name
 * @returns {import("../../page_types.js").View}
 */
export function createUnitPanelView(parent, context, { layer_maps, tools }) {
  const { state, analysis, network, pictures, unit_field, api } = context;
  const title = element("h3", { class: "unit-title" });
  const value = element("output", { class: "unit-value", attributes: { title: "Its exact value" } });
  const close = button("×", () => state.change({ ...NO_UNIT, unit_closed: true, pins: [] }), {
    class: "button button-quiet button-mark unit-close",
    title: "Close the unit",
    attributes: { "aria-label": "Close the unit" },
  });
  const sentence = element("p", { class: "unit-sentence" });
  const facts = element("div", { class: "unit-more-facts" });
  const more = element(
    "details",
    { class: "unit-more" },
    element("summary", { text: "More of this field" }),
    facts,
  );
  const problem_text = element("span");
  const problem_line = element(
    "p",
    { class: "unit-problem", attributes: { hidden: true, role: "alert" } },
    problem_text,
    " ",
    button("Try again", tryAgain, { class: "button button-small" }),
  );
  const waiting = createWaiting({ is_over: true });
  const patch = createUnitPatch("What the unit saw");
  const patch_size = element("figcaption");
  parent.append(
    element("figure", { class: "unit-saw" }, patch.canvas, patch_size),
    element(
      "div",
      { class: "unit-said" },
      element("div", { class: "unit-head" }, title, value, tools, close),
      problem_line,
      sentence,
      element("div", { class: "unit-more-place" }, more, waiting.node),
    ),
  );
  const facts_view = createUnitFactsView(facts, context);

  /** What the unit reads of the input: as far as the closed form knows, then exactly. */
  /** @param {Unit} unit @param {Layer} layer @returns {Box | null} */
  function reachedBy(unit, layer) {
    const { answer } = unit_field.get();
    const { detail } = network.get();
    if (answer) return (answer.trunk ? answer.trunk.input_box : answer.input_box) ?? null;
    return detail && boxesAtOnce(layer, unit, detail.input_size).reached;
  }

  /** @param {Box | null} box @returns {string} what is known to stand there in the picture */
  function thingIn(box) {
    const { seen, image } = analysis.get();
    const { detail } = network.get();
    const focus = pictures.example(image)?.focus;
    if (!box || !seen || !focus || !detail || seen.image !== image) return "";
    const { y, x } = inputPoint(focus, seen);
    const { top, left, bottom, right } = box;
    const is_inside = y >= top && y < bottom && x >= left && x < right;
    const { height, width } = detail.input_size;
    const is_small = Math.max((bottom - top) / height, (right - left) / width) <= ROUND_ONE_THING;
    return is_inside && is_small ? focus.name : "";
  }

  /** @param {Unit} unit @param {Layer} layer */
  function answerOf({ channel, row, column }, layer) {
    const { maps } = layer_maps.get();
    const is_here = layer_maps.isCurrent() && maps?.layer === layer.id && channel < maps.count;
    const values = is_here ? layer_maps.exactMap(channel) : null;
    if (!values || !maps) return { number: null, deviation: null };
    const number = values[row * maps.width + column];
    return { number, deviation: deviationOf(values, number) };
  }

  /** @param {Unit} unit @param {Layer} layer */
  function showUnit(unit, layer) {
    const { channel, row, column } = unit;
    const { detail } = network.get();
    const { model, image } = analysis.get();
    const is_map = layer.output_shape.length === 3;
    title.textContent = is_map ? `Unit ${channel}, ${row}, ${column}` : `Unit ${channel}`;
    const { number, deviation } = answerOf(unit, layer);
    value.textContent = number === null ? "…" : formatFloat32(number);
    const reached = reachedBy(unit, layer);
    const is_score = detail?.output === layer.id && !is_map;
    const label = is_score ? detail.labels[channel] : undefined;
    sentence.textContent = unitSentence({
      name: label ? `The score of “${label}”` : `${is_map ? "Channel" : "Feature"} ${channel} of ${layer.id}`,
      seen: detail && { reached, input_size: detail.input_size, around: thingIn(reached) },
      value: number,
      deviation,
    });
    const is_seen = analysis.get().phase === "ready" && model && image !== null;
    patch.show(is_seen ? api.inputUrl(model.id, image, "png") : null, reached);
    patch_size.textContent = reached ? `it saw ${sizeOf(reached)} px` : "it saw no pixel";
  }

  /** Of its field, or of the search for a unit. */
  function tryAgain() {
    const { failure } = network.standpoint;
    const retry = failure.get()?.retry;
    failure.set(null);
    if (retry) retry();
    else unit_field.reload();
  }

  /** What stands in the unit's place while there is none. */
  function invitation() {
    const { phase } = analysis.get();
    const layer = network.selected();
    const { unit_closed, channel } = state.get();
    if (phase === "problem") return "There is no unit to show yet.";
    if (network.get().phase === "loading") return "Opening the network …";
    if (phase === "loading") return "The network is looking at the picture …";
    if (network.standpoint.failure.get()) return "No unit was found.";
    if (phase !== "ready" || !layer) return "There is no unit to show yet.";
    if (unit_closed) {
      return "No unit is selected. Click any place of a map, and here stands what it saw and what it answers.";
    }
    if (network.standpoint.search.get()?.again) return "No unit is selected: the search for one was stopped.";
    if (channel !== null) return "This layer has no such unit. Click any place of a map to select one.";
    if (layer.output_shape.length === 3) return "Looking for the channel that reacts most at this place …";
    return "The values of this layer have no place in the picture. Click one to select it.";
  }

  function showWaiting() {
    const { awaited, progress, is_stopped } = unit_field.get();
    const search = network.standpoint.search.get();
    if (search?.stop) waiting.show("Looking for a unit", { stop: search.stop });
    else if (awaited === "reach") waiting.show("Finding its field", { stop: unit_field.stop });
    else if (awaited) waiting.show("Computing its gradient", { stop: unit_field.stop, progress });
    else waiting.show(null, { again: search?.again ?? (is_stopped ? unit_field.reload : null) });
  }

  function update() {
    showWaiting();
    const { selected, problem: field_problem } = unit_field.get();
    const problem = field_problem ?? network.standpoint.failure.get()?.problem ?? null;
    const layer = network.selected();
    const unit = layer ? selected : null;
    parent.classList.toggle("is-empty", unit === null);
    more.classList.toggle("is-invisible", unit === null);
    close.classList.toggle("is-invisible", unit === null);
    problem_line.hidden = problem === null;
    problem_text.textContent = problem?.message ?? "";
    if (unit && layer) {
      showUnit(unit, layer);
      return;
    }
    title.textContent = "The unit";
    value.textContent = "";
    sentence.textContent = invitation();
    patch.show(null, null);
    patch_size.textContent = "\u00a0";
  }
  const sources = [unit_field, state, network, analysis, pictures, layer_maps, layer_maps.exact_arrivals, network.standpoint.failure, network.standpoint.search];
  const ends = sources.map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      facts_view.destroy?.();
      parent.replaceChildren();
    },
  };
}
