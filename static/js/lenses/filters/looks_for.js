/** What a channel looks for in pixels: patches of this picture, projections, its own picture. */

import { createAsking } from "../../shared/asking.js";
import { button, element } from "../../shared/element.js";
import { formatShort } from "../../shared/format.js";
import { createMaximisationView } from "./maximisation.js";
import { createProjectionView } from "./projection.js";

const PATCHES = 6;
const PATCH_PX = 88;

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View}
 */
export function createLooksForView(parent, context) {
  const { state, api, analysis, network } = context;
  const best = element("div", { class: "patch-row" });
  const worst = element("div", { class: "patch-row" });
  const note = element("p", { class: "quiet", text: "\u00a0" });
  const guided = element("figure", { class: "looks-card" });
  const deconvnet = element("figure", { class: "looks-card" });
  const maximised = element("figure", { class: "looks-card" });
  const hint = element("p", {
    class: "quiet",
    text: "Choose a filter, or any channel of this layer, to see what it looks for in pixels.",
  });
  const title = element("h3", { text: "What it looks for" });
  const asking = createAsking("Finding its patches");
  const patch_rows = element(
    "div",
    {},
    element("p", { class: "patch-words", text: "Excited most in this picture by" }),
    asking.node,
    best,
    element("p", { class: "patch-words", text: "and least by" }),
    worst,
    note,
  );
  const body = element(
    "div",
    {},
    patch_rows,
    element("div", { class: "looks-cards" }, guided, deconvnet, maximised),
  );
  parent.append(title, hint, body);

  let wanted = "";
  /** @type {import("../../types.js").ExcitingPatches | null} */
  let patches = null;

  /** @returns {number | null} */
  function channelOf() {
    const layer = network.selected();
    const { channel, lens } = state.get();
    if (lens !== "filters" || !layer || channel === null) return null;
    return channel < layer.output_shape[0] ? channel : null;
  }

  /**
   * The unit to project: the selected one, else the most excited one.
   *
   * @returns {(import("../../api/api.js").UnitQuery & {image: string}) | null}
   */
  function unit() {
    const layer = network.selected();
    const { detail } = network.get();
    const { image, phase } = analysis.get();
    const channel = channelOf();
    if (!layer || !detail || channel === null || image === null || phase !== "ready") return null;
    const query = { model: detail.id, layer: layer.id, channel, image };
    if (layer.output_shape.length < 3) return query;
    const { row, column } = state.get();
    const [, rows, columns] = layer.output_shape;
    if (row !== null && column !== null && row < rows && column < columns) {
      return { ...query, row, column };
    }
    const first = patches?.best[0];
    return first ? { ...query, row: first.row, column: first.column } : null;
  }

  const parts = [
    createProjectionView(guided, context, { rule: "guided", unit }),
    createProjectionView(deconvnet, context, { rule: "deconvnet", unit }),
    createMaximisationView(maximised, context, { channel: channelOf }),
  ];

  function load() {
    const { detail } = network.get();
    const layer = network.selected();
    const { image, phase } = analysis.get();
    const filter = channelOf();
    const ready = detail && layer && filter !== null && image !== null && phase === "ready";
    const query = ready
      ? { model: detail.id, layer: layer.id, filter, image, count: PATCHES }
      : null;
    const key = query ? JSON.stringify(query) : "";
    if (key === wanted) return;
    wanted = key;
    patches = null;
    best.replaceChildren();
    worst.replaceChildren();
    note.textContent = "\u00a0";
    asking.cancel();
    if (!query) return;
    asking.run(
      (signal) => api.excitingPatches(query, signal),
      (found) => {
        patches = found;
        showPatches(query.image);
        for (const part of parts) part.update();
      },
    );
  }

  /** @param {string} image */
  function showPatches(image) {
    if (!patches) return;
    const picture = new Image();
    /** @type {(() => void)[]} */
    const drawings = [];
    /** @param {import("../../types.js").ExcitingPatch} patch */
    const tile = ({ row, column, value, image_box }) => {
      const canvas = element("canvas", { class: "patch-picture" });
      if (image_box) drawings.push(() => drawPatch(canvas, picture, image_box));
      const choose = () =>
        state.change(isMap() ? { row, column } : { row: null, column: null });
      const place = isMap() ? `row ${row}, column ${column}` : "the whole input";
      const node = button("", choose, {
        class: "patch-tile",
        title: `${place}: ${value}`,
        attributes: { "aria-label": `Select the unit at ${place}, value ${formatShort(value)}` },
      });
      node.append(canvas, element("span", { text: formatShort(value) }));
      return node;
    };
    best.replaceChildren(...patches.best.map(tile));
    worst.replaceChildren(...patches.worst.map(tile));
    const few = patches.best.length < PATCHES && isMap();
    note.textContent = few
      ? "Each is cut by its unit's exact receptive field; more would show mostly the same pixels."
      : "Each is cut by its unit's exact receptive field; click one to select its unit.";
    picture.addEventListener("load", () => drawings.forEach((draw) => draw()));
    picture.src = api.imageUrl(image);
  }

  const isMap = () => network.selected()?.output_shape.length === 3;

  function update() {
    const visible = state.get().lens === "filters" && network.selected() !== null;
    parent.hidden = !visible;
    const channel = channelOf();
    hint.hidden = channel !== null;
    body.hidden = channel === null;
    // A feature reads the whole input: there are no patches to compare.
    patch_rows.hidden = !isMap();
    title.textContent = channel === null ? "What it looks for" : `What channel ${channel} looks for`;
    load();
    for (const part of parts) part.update();
  }
  const ends = [state, network, analysis].map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      asking.cancel();
      for (const part of parts) part.destroy?.();
      parent.replaceChildren();
    },
  };
}

/**
 * What lies beyond the picture's edge stays empty.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLImageElement} picture
 * @param {import("../../types.js").Box} box in pixels of the picture
 */
function drawPatch(canvas, picture, { top, left, bottom, right }) {
  const [height, width] = [bottom - top, right - left];
  const scale = PATCH_PX / Math.max(height, width);
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.imageSmoothingEnabled = scale < 3;
  context.drawImage(picture, left, top, width, height, 0, 0, canvas.width, canvas.height);
}
