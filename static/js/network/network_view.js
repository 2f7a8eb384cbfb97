/** The network that is open, drawn as what it is. */

import { setNotice } from "../shared/children.js";
import { button, element } from "../shared/element.js";
import { formatCount, formatInteger } from "../shared/format.js";
import { createWaiting } from "../shared/waiting.js";
import { createNetworkDrawing } from "./drawing.js";
import { createFolds } from "./folds.js";
import { createNetworkSearchView } from "./layer_search.js";
import { createThumbnails } from "./thumbnails.js";

/**
 * @param {HTMLElement} parent
 * @param {HTMLElement} tools beside the heading
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View & {search: () => void}}
 */
export function createNetworkView(parent, tools, context) {
  const { state, network, analysis, pixel_reach, unit_field } = context;
  const folds = createFolds(state);
  const thumbnails = createThumbnails(context);

  const summary = element("p", {
    class: "network-summary",
    text: "\u00a0",
    attributes: { title: "Multiply-adds (MACs): a product and a sum each, for one picture" },
  });
  const open_all = button("+", folds.openAll, {
    class: "button button-small",
    title: "Open all blocks",
    attributes: { "aria-label": "Open all blocks" },
  });
  const fold_all = button("\u2212", folds.foldAll, {
    class: "button button-small",
    title: "Fold all blocks",
    attributes: { "aria-label": "Fold all blocks" },
  });
  const notice = element("div", { class: "network-notice", attributes: { role: "status" } });
  const port = element("div", { class: "network-port", attributes: { tabindex: "-1" } });
  const waiting = createWaiting();
  const painting = createWaiting({ is_over: true });
  parent.append(summary, element("div", { class: "network-room" }, port, painting.node, notice));
  const search = createNetworkSearchView(tools, context);
  tools.append(open_all, fold_all);

  const drawing = createNetworkDrawing(port, {
    onChoose(item) {
      if (item.block) {
        folds.toggle(item.block.path);
        update();
        return;
      }
      network.select(item.layer.id);
      state.change({ tab: "layer" }, { replace: true });
    },
  });

  /** @type {import("../types.js").ModelDetail | null} */
  let shown = null;
  let drawn = "";
  /** @type {string | null} */
  let revealed = null;

  /** @param {import("../types.js").ModelDetail} detail */
  function summarise({ layers, parameters, macs }) {
    const parts = [`${formatInteger(layers.length)} layers`, `${formatCount(parameters)} parameters`];
    if (macs > 0) parts.push(`${formatCount(macs)}\u00a0multiply\u2011adds`);
    return parts.join(" · ");
  }

  // Stays while it counts, so that Stop is not lost under the pointer.
  const tracing = {
    text: element("p"),
    bar: element("progress", { attributes: { max: 1, "aria-label": "Modules traced" } }),
    count: element("span", { class: "figure" }),
  };
  const tracing_node = element(
    "div",
    { class: "network-tracing" },
    tracing.text,
    element(
      "p",
      { class: "task-running" },
      tracing.bar,
      tracing.count,
      button("Stop", () => network.stop(), { class: "button button-small" }),
    ),
  );

  /**
   * @param {string} title
   * @param {{done: number, total: number}} progress
   */
  function showTracing(title, { done, total }) {
    tracing.text.textContent = `Tracing ${title}: it runs once, and every operation is written down.`;
    tracing.bar.value = done / total;
    tracing.count.textContent = `${done} of ${total} modules`;
    return tracing_node;
  }

  function showNotice() {
    const { phase, progress, problem } = network.get();
    const { model, phase: analysis_phase } = analysis.get();
    const { problem: thumbnail_problem } = thumbnails.get();
    /** @type {(string | HTMLElement)[]} */
    let content = [];
    if (phase === "loading" && model) {
      content = [progress ? showTracing(model.title, progress) : waiting.node];
    } else if (phase === "stopped" && model) {
      content = [
        `Tracing was stopped: the layers of ${model.title} are not known.`,
        button("Trace them", network.reload),
      ];
    }
    if (!model && analysis_phase === "problem") content = ["No network is open. Choose one at the top of the page."];
    const found = problem ?? thumbnail_problem;
    // Which of them it is, is asked as it is clicked: their words may be the same.
    const again = () => (network.get().problem ? network.reload() : thumbnails.reload());
    if (found) content = [found.message, button("Try again", again)];
    const is_opening = content[0] === waiting.node;
    waiting.show(is_opening ? `Opening ${model?.title}` : null, { stop: network.stop });
    notice.hidden = content.length === 0;
    // Neither is put there anew: its button may have the focus.
    const [first] = content;
    if (first instanceof HTMLElement && notice.firstChild === first) return;
    setNotice(notice, content.map((part) => (typeof part === "string" ? element("p", { text: part }) : part)));
  }

  function update() {
    const { detail, by_id } = network.get();
    const selected_id = network.selectedId();
    showNotice();
    if (detail !== shown) {
      shown = detail;
      drawn = "";
      revealed = null;
      port.hidden = detail === null;
      summary.textContent = detail ? summarise(detail) : "\u00a0";
      port.scrollTop = 0;
      if (detail) folds.use(detail.blocks);
    }
    // Nothing to open or fold before the layers are here: a click then would be lost.
    open_all.disabled = !detail || !folds.anyToOpen();
    fold_all.disabled = !detail || !folds.anyToFold();
    if (!detail || port.clientWidth === 0) return;
    const moved = selected_id !== revealed;
    if (moved && selected_id !== null) folds.reveal(selected_id);
    draw(detail, by_id);
    drawing.mark(passing ?? selected_id, search.matches());
    open_all.disabled = !folds.anyToOpen();
    fold_all.disabled = !folds.anyToFold();
    if (moved && selected_id !== null) drawing.reveal(selected_id);
    revealed = selected_id;
  }

  /** Layer that a walk is at. @type {string | null} */
  let passing = null;
  /** The mark goes along; no block opens before the walk rests. */
  function followWalk() {
    const layer = unit_field.get().passed?.layer ?? null;
    if (layer === passing) return;
    passing = layer;
    if (!shown || port.clientWidth === 0) return;
    drawing.mark(layer ?? network.selectedId(), search.matches());
    if (layer !== null) drawing.reveal(layer);
  }

  /**
   * @param {import("../types.js").ModelDetail} detail
   * @param {Map<string, import("../types.js").Layer>} by_id
   */
  function draw(detail, by_id) {
    const key = JSON.stringify([port.clientWidth, folds.openPaths()]);
    if (key === drawn) return;
    drawn = key;
    drawing.draw(detail, by_id, folds);
    paint();
    showReach();
  }

  function paint() {
    const { model, by_id } = thumbnails.get();
    showAge();
    drawing.paint(model === shown?.id ? by_id : new Map(), state.get().colours);
  }

  function showPainting() {
    const { phase } = thumbnails.get();
    if (phase === "loading") painting.show("Fetching the small maps", { stop: thumbnails.stop });
    else painting.show(null, { again: phase === "stopped" ? thumbnails.reload : null });
  }

  /** Those of a former picture are dimmed until the next ones are here. */
  function showAge() {
    const { image, by_id } = thumbnails.get();
    parent.classList.toggle("is-former", by_id.size > 0 && image !== analysis.get().image);
  }

  const showReach = () => drawing.showReach(pixel_reach.get().layers);

  const resizing = new ResizeObserver(update);
  resizing.observe(port);
  const ends = [
    state.subscribe((selection, before) => {
      update();
      if (selection.colours !== before.colours) paint();
    }),
    network.subscribe(update),
    analysis.subscribe(showNotice),
    analysis.subscribe(showAge),
    pixel_reach.subscribe(showReach),
    unit_field.subscribe(followWalk),
    thumbnails.subscribe(({ by_id }, before) => {
      if (by_id !== before.by_id) paint();
      showPainting();
      showNotice();
    }),
  ];
  update();

  return {
    search: search.focus,
    destroy() {
      for (const end of ends) end();
      resizing.disconnect();
      search.destroy?.();
      tools.replaceChildren();
      thumbnails.destroy();
      drawing.destroy();
      parent.replaceChildren();
    },
  };
}
