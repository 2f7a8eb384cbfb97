/** The filters of the selected layer: all of them, the chosen one, what it matches and looks for. */

import { setFacts, setNotice } from "../../shared/children.js";
import { button, element } from "../../shared/element.js";
import { formatInteger, formatShort } from "../../shared/format.js";
import { term } from "../../shared/term.js";
import { awaitedFirst, createWaiting } from "../../shared/waiting.js";
import { createMapCanvas } from "../activations/map_canvas.js";
import { createFilterBank } from "./bank.js";
import { createChosenFilterView } from "./chosen_filter.js";
import { createFilterControlsView } from "./controls.js";
import { createLooksForView } from "./looks_for.js";
import { createTemplateMatchView } from "./template_match.js";
import {
  largestOf,
  mosaicOf,
  pixelsOfFilter,
  pixelsOfMatrix,
  valuesOf,
  weightAt,
} from "./tiles.js";

/** @param {import("../../types.js").LayerFilters} facts @returns {(Node | string)[]} */
function sentence({ kind, shape, operation, source }) {
  const [count, inputs, height, width] = shape;
  const many = `${formatInteger(count)} `;
  const size = ` of ${height} × ${width}`;
  const kernels = term("kernel", "kernels");
  if (kind === "rgb") return [many, kernels, `${size} in colour over ${source}; grey is zero.`];
  if (kind === "depthwise") return [many, kernels, `${size}, each over one map of ${source}.`];
  if (kind === "mixing") {
    return [`A matrix: ${many}rows mix ${formatInteger(inputs)} values of ${source}.`];
  }
  if (kind === "single") {
    const what = operation === "linear" ? term("template", "templates") : kernels;
    return [many, what, `${size} over ${source}.`];
  }
  const each = `, each of ${formatInteger(inputs)} `;
  return [many, term("filter", "filters"), each, kernels, `${size} over ${source}.`];
}

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View}
 */
export function createFiltersView(parent, context) {
  const { state, network, analysis } = context;
  const bank = createFilterBank(context);
  const title = element("p", { class: "filters-sentence" });
  const controls = element("div", { class: "layer-controls" });
  const grid = element("div", { class: "filter-grid" });
  const room = element("div", { class: "filter-room" }, grid);
  const readout = element("p", { class: "filter-readout" });
  const notice = element("div", { class: "filters-notice" });
  const chosen = element("section", { class: "filter-part", attributes: { "aria-label": "Filter" } });
  const matches = element("section", { class: "filter-part", attributes: { "aria-label": "Match" } });
  const looks = element("section", {
    class: "filter-part",
    attributes: { "aria-label": "What it looks for" },
  });
  const waiting = createWaiting({ is_over: true });
  const waiting_place = element("div", { class: "waiting-place" }, waiting.node);
  parent.append(waiting_place, title, controls, room, readout, notice, chosen, matches, looks);

  const parts = [
    createFilterControlsView(controls, context, bank),
    createChosenFilterView(chosen, context, bank),
    createTemplateMatchView(matches, context, bank),
    createLooksForView(looks, context),
  ];
  /** @type {import("../activations/map_canvas.js").Unit | null} */
  let cursor = null;
  const canvas = createMapCanvas(grid, {
    label: "Filters",
    onHover(unit) {
      cursor = unit;
      showMarks();
      showReadout();
    },
    onChoose(unit) {
      const index = filterOf(unit);
      if (index !== null) state.change({ channel: index });
    },
  });
  canvas.port.tabIndex = 0;
  canvas.port.setAttribute("role", "group");
  canvas.port.setAttribute("aria-label", "Filters; arrows choose one");
  canvas.port.addEventListener("keydown", (event) => {
    const across = isMatrix() ? 1 : canvas.columns();
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
    const order = bank.order();
    if (!step || order.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const at = order.indexOf(bank.chosen() ?? -1);
    const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), order.length - 1);
    state.change({ channel: order[next] }, { replace: true });
  });

  const isMatrix = () => bank.get().weights?.kind === "mixing";

  /** @param {import("../activations/map_canvas.js").Unit} unit @returns {number | null} */
  function filterOf(unit) {
    return isMatrix() ? (bank.order()[unit.row] ?? null) : unit.channel;
  }

  let shown = "";
  function showFilters() {
    const { weights } = bank.get();
    const order = bank.order();
    const key = weights
      ? JSON.stringify([weights.model, weights.layer, weights.scale, order.slice(0, 64)])
      : "";
    if (key === shown) return;
    shown = key;
    canvas.show(weights ? pictureOf(weights, order) : null);
  }

  /** @param {import("../../shared/maps.js").FilterWeights} weights @param {number[]} order */
  function pictureOf(weights, order) {
    const { layer, scale, kind } = weights;
    const places = new Map(weights.indices.map((index, place) => [index, place]));
    const sheet = { layer, image: "", scale, is_vector: true };
    if (kind === "mixing") {
      const matrix = { height: order.length, width: weights.inputs };
      const rows = order.map((index) => /** @type {number} */ (places.get(index)));
      return {
        maps: { ...sheet, count: 1, ...matrix, fills: true },
        channels: [0],
        colours: /** @type {const} */ ("diverging"),
        pixels: () => pixelsOfMatrix(weights, rows),
      };
    }
    const { height, width } = mosaicOf(kind, weights);
    return {
      maps: { ...sheet, count: order.length, height, width },
      channels: order,
      colours: /** @type {const} */ ("diverging"),
      pixels(/** @type {number} */ index) {
        const place = /** @type {number} */ (places.get(index));
        return pixelsOfFilter(kind, weights, valuesOf(weights, place), largestOf(weights, place));
      },
    };
  }

  function showMarks() {
    const index = bank.chosen();
    const row_wide = isMatrix();
    const row = row_wide ? bank.order().indexOf(index ?? -1) : 0;
    const selected =
      index === null || row < 0 ? null : { channel: row_wide ? 0 : index, row, column: 0 };
    const { weights } = bank.get();
    const at = cursor && weights && !row_wide ? weightIn(weights, cursor) : null;
    canvas.mark({ cursor: row_wide || at ? cursor : null, selected, linked: false, row_wide });
  }

  /** @param {import("../../shared/maps.js").FilterWeights} weights @param {import("../activations/map_canvas.js").Unit} at */
  const weightIn = (weights, { row, column }) =>
    weightAt(mosaicOf(weights.kind, weights), weights, row, column);

  let revealed = -1;
  function reveal() {
    const index = bank.chosen() ?? -1;
    if (index !== revealed && index >= 0 && !isMatrix()) canvas.reveal(index);
    revealed = index;
  }

  function showReadout() {
    const { facts, weights } = bank.get();
    if (!facts || !weights || !cursor) {
      const missing = facts && weights ? facts.shape[0] - weights.indices.length : 0;
      readout.textContent =
        missing > 0
          ? `The first ${formatInteger(weights?.indices.length ?? 0)} are drawn; the files hold all`
          : "Point at a filter to read its numbers; click to choose it";
      return;
    }
    const index = filterOf(cursor);
    if (index === null) return;
    const { l2, is_dead } = facts.filters[index];
    const label = labelOf(index);
    const words = [`${index}${label ? ` · ${label}` : ""}`, `L2 norm ${formatShort(l2)}`];
    if (is_dead) words.push("dead: it does next to nothing");
    const weight = isMatrix() ? null : weightIn(weights, cursor);
    const place = weights.indices.indexOf(index);
    if (isMatrix()) {
      const value = valuesOf(weights, place)(cursor.column);
      words.push(`from ${cursor.column}: ≈ ${formatShort(value)}`);
    } else if (weight && weights.kind !== "rgb") {
      const at = (weight.input * weights.height + weight.row) * weights.width + weight.column;
      const from = weights.inputs > 1 ? `input ${weight.input}, ` : "";
      const value = formatShort(valuesOf(weights, place)(at));
      words.push(`${from}row ${weight.row}, column ${weight.column}: ≈ ${value}`);
    }
    readout.textContent = words.join(" · ");
  }

  /** @param {number} index @returns {string} the class, where filters are classes */
  function labelOf(index) {
    const { detail } = network.get();
    return detail && network.selectedId() === detail.output ? (detail.labels[index] ?? "") : "";
  }

  function showNotice() {
    const { phase, problem, facts } = bank.get();
    const layer = network.selected();
    showWaiting();
    const is_told = facts !== null || layer !== null || awaitedFirst(context) !== null;
    notice.hidden = problem === null && is_told && phase !== "none";
    if (problem) {
      setNotice(notice, [element("p", { text: problem.message }), button("Try again", bank.reload)]);
      return;
    }
    if (phase === "none" && layer) {
      setNotice(notice, withoutFilters(layer));
      return;
    }
    setNotice(notice, [element("p", { text: "No layer is open yet." })]);
  }

  function showWaiting() {
    const { phase } = bank.get();
    const first = network.selected() ? null : awaitedFirst(context);
    if (phase === "loading") waiting.show("Fetching the filters", { stop: bank.stop });
    else if (first) waiting.show(first.text, first);
    else waiting.show(null, { again: phase === "stopped" ? bank.reload : null });
  }

  /** What there is in the place of filters. @param {import("../../types.js").Layer} layer */
  function insteadOfFilters({ id, output_shape, inputs }) {
    if (inputs.length === 0 || output_shape.length < 3) return "\u00a0";
    return `What the channels of ${id} look for: the patches of this picture that excite them most and least.`;
  }

  /** @param {import("../../types.js").Layer} layer */
  function withoutFilters({ id, operation, parameters }) {
    const name = operation.replaceAll("_", " ");
    const why = parameters > 0 ? `its ${formatInteger(parameters)} parameters are no templates` : "it has no weights";
    const nearest = bank.nearest();
    const text = `${id} has no filters: ${id === "input" ? "it is the picture itself" : `${name}, ${why}`}.`;
    return [
      element("p", { text }),
      ...(nearest
        ? [button(`Open the filters of ${nearest}`, () => network.select(nearest))]
        : []),
    ];
  }

  function update() {
    if (state.get().lens !== "filters") return;
    const { facts, weights } = bank.get();
    const ready = facts !== null && weights !== null;
    const layer = network.selected();
    const has_none = bank.get().phase === "none" && layer !== null;
    const words = has_none ? [insteadOfFilters(layer)] : ["\u00a0"];
    setFacts(title, facts ? sentence(facts) : words);
    // What there is comes first; that something is missing, and where it is, after it.
    const before = has_none ? looks : readout;
    if (notice.previousSibling !== before) before.after(notice);
    for (const node of [controls, room, readout]) node.hidden = !ready;
    showFilters();
    showMarks();
    reveal();
    showReadout();
    showNotice();
  }
  const ends = [bank, state, network, analysis].map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      for (const part of parts) part.destroy?.();
      canvas.destroy();
      bank.destroy();
      parent.replaceChildren();
    },
  };
}
