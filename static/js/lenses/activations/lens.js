/** The maps of the selected layer in one canvas, and the value under the cursor. */

import { selectedUnit } from "../../address/selected_unit.js";
import { layerColours } from "../../shared/colours.js";
import { setNotice } from "../../shared/children.js";
import { button, element } from "../../shared/element.js";
import { hasNegative } from "../../shared/maps.js";
import { createStore } from "../../shared/store.js";
import { awaitedFirst, createWaiting } from "../../shared/waiting.js";
import { createPixelPanelView } from "../fields/pixel_panel.js";
import { createUnitPanelView } from "../fields/unit_panel.js";
import { createLookPanelView } from "../look/panel.js";
import { createLayerMaps } from "./layer_maps.js";
import { createLayerWalk } from "./layer_walk.js";
import { createMapCanvas } from "./map_canvas.js";
import { createMapControlsView } from "./map_controls.js";
import { orderOfChannels, valueTextOf } from "./map_order.js";
import { createMapReadoutView } from "./map_readout.js";
import { createPinnedMapsView } from "./pinned_maps.js";

/** @typedef {import("./map_canvas.js").Unit} Unit */

/**
 * @typedef {object} LayerContext  What the parts of this view share.
 * @property {import("./layer_maps.js").LayerMapsStore} layer_maps
 * @property {import("../../shared/store.js").Store<Unit | null>} cursor what the pointer is over
 * @property {() => number[]} order channels as they are shown
 * @property {() => import("../../page_types.js").ColourName} colours
 * @property {() => Unit | null} selected the selected unit, if this layer has it
 */

/** @param {import("../../shared/maps.js").LayerMaps} maps */
function describe(maps) {
  if (maps.is_vector) return `${maps.count} values of ${maps.layer}`;
  return `${maps.count} maps of ${maps.height} × ${maps.width} of ${maps.layer}`;
}

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View & {keys: import("../../shared/key_help.js").Key[]}}
 */
export function createLayerView(parent, context) {
  const { state, network, analysis, unit_field, pixel_reach, look } = context;
  const layer_maps = createLayerMaps(context);
  const cursor = createStore(/** @type {Unit | null} */ (null));

  /** @type {LayerContext} */
  const inner = {
    layer_maps,
    cursor,
    order() {
      const { maps, statistics } = layer_maps.get();
      return maps ? orderOfChannels(maps.count, statistics, state.get().sort) : [];
    },
    colours() {
      const { colours } = state.get();
      const { maps } = layer_maps.get();
      return layerColours(colours, maps !== null && hasNegative(maps));
    },
    selected() {
      const { maps } = layer_maps.get();
      if (!maps || maps.layer !== network.selectedId()) return null;
      const { count, height, width } = maps;
      return selectedUnit(state.get(), maps.is_vector ? [count] : [count, height, width]);
    },
  };

  const controls = element("div", { class: "layer-controls" });
  const unit_tools = element("span", { class: "unit-tools" });
  const pinned = element("div", { class: "pinned-maps" });
  const unit_panel = element("section", {
    class: "unit-panel",
    attributes: { "aria-label": "The unit" },
  });
  const pixel_panel = element("section", {
    class: "pixel-panel",
    attributes: { "aria-label": "The pixel", hidden: true },
  });
  const focus = element("div", { class: "focus" }, pinned, unit_panel);
  const grid = element("div", { class: "map-grid" });
  const readout = element("div", { class: "map-readout" });
  const look_panel = element("section", {
    class: "look-panel",
    attributes: { "aria-label": "Who looks here", hidden: true },
  });
  const notice = element("div", { class: "layer-notice", attributes: { hidden: true } });
  const waiting = createWaiting({ is_over: true });
  const room = element("div", { class: "map-room" }, grid, look_panel, notice, waiting.node);
  parent.append(pixel_panel, focus, controls, room, readout);

  const parts = [
    createMapControlsView(controls, context, inner),
    createPinnedMapsView(pinned, context, inner, unit_tools),
    createMapReadoutView(readout, context, inner),
    createUnitPanelView(unit_panel, context, { layer_maps, tools: unit_tools }),
    createPixelPanelView(pixel_panel, context),
    createLookPanelView(look_panel, context, inner),
  ];
  const canvas = createMapCanvas(grid, {
    label: "Maps",
    onHover: (unit) => cursor.set(layer_maps.isCurrent() ? unit : null),
    onPainted: () => performance.mark("convscope-maps-drawn"),
    onChoose({ channel, row, column }, event) {
      // A place in what still stands from before means nothing in what is selected now.
      if (!layer_maps.isCurrent()) return;
      const { pins } = state.get();
      if (event.shiftKey && !pins.includes(channel)) state.change({ pins: [...pins, channel] });
      else if (layer_maps.get().maps?.is_vector) state.change({ channel, row: null, column: null });
      else state.change({ channel, row, column });
    },
  });
  // More maps than fit are scrolled to by keys too; the arrows walk the unit.
  canvas.port.tabIndex = 0;
  canvas.port.setAttribute("role", "group");
  canvas.port.setAttribute("aria-label", "Maps; arrows walk the unit");
  const walk = createLayerWalk({ state, inner, columns: canvas.columns });

  let shown = "";

  function showMaps() {
    const { maps, statistics, phase } = layer_maps.get();
    room.classList.toggle("is-waiting", phase === "loading" && maps !== null);
    const is_former = phase === "loading" && maps !== null && maps.image !== analysis.get().image;
    focus.classList.toggle("is-former", is_former);
    grid.setAttribute("aria-busy", String(phase === "loading"));
    const { sort } = state.get();
    const sorted = sort === "index" || statistics !== null;
    // Single numbers are written beneath their tiles as soon as they are here.
    const written = maps?.is_single ? statistics !== null : sorted;
    const key = maps ? JSON.stringify([maps.scale, inner.colours(), sort, sorted, written]) : "";
    if (maps === showing && key === shown && sort !== "contribution") return;
    showing = maps;
    shown = key;
    if (maps) canvas.canvas.setAttribute("aria-label", describe(maps));
    const valueText = maps && valueTextOf(maps, statistics, sort);
    canvas.show(maps && { maps, channels: inner.order(), colours: inner.colours(), valueText });
  }
  /** @type {import("../../shared/maps.js").LayerMaps | null} */
  let showing = null;

  function showMarks() {
    const selected = inner.selected();
    const reached = pixel_reach.get().layers.get(network.selectedId() ?? "") ?? null;
    canvas.mark({ cursor: cursor.get(), selected, linked: false, reached });
  }

  let revealed = -1;
  function revealSelected() {
    const channel = inner.selected()?.channel ?? -1;
    if (channel !== revealed && channel >= 0) canvas.reveal(channel);
    revealed = channel;
  }

  /** What stands in the maps' place, in words. @returns {(string | HTMLElement)[]} */
  function explanation() {
    const { phase, problem } = layer_maps.get();
    const { phase: network_phase, problem: network_problem, detail } = network.get();
    const { phase: analysis_phase, model } = analysis.get();
    if (network_phase === "problem") {
      return [network_problem?.message ?? "", button("Try again", network.reload)];
    }
    if (network_phase === "stopped") {
      return ["Its layers are not known: tracing was stopped.", button("Start again", network.reload)];
    }
    if (problem) return [problem.message, button("Try again", layer_maps.reload)];
    if (detail && !network.selected()) return unknownLayer(detail.title);
    if (phase !== "waiting") return [];
    if (analysis_phase === "blank") return ["No picture yet: there is nothing to compute."];
    if (analysis_phase === "weights") {
      return [`The weights of ${model?.title ?? "this model"} are not here: there is its structure,
        but it computes nothing.`];
    }
    if (analysis_phase === "problem") {
      return [analysis.get().problem?.message ?? "", button("Try again", () => analysis.run())];
    }
    if (analysis_phase === "stopped") return ["Stopped.", button("Start again", () => analysis.run())];
    return [];
  }

  /** @param {string} title of the model */
  function unknownLayer(title) {
    const wanted = network.selectedId() ?? "";
    const ids = [...network.get().by_id.keys()];
    const close = ids.filter((id) => id.includes(wanted) || wanted.includes(id)).slice(0, 3);
    const offered = close.length > 0 ? close : [ids[1], /** @type {string} */ (ids.at(-1))];
    return [
      `${title} has no layer “${wanted}”. Take another from the network, or`,
      ...offered.map((id) => button(id, () => network.select(id))),
    ];
  }

  function showWaiting() {
    const { phase } = layer_maps.get();
    const first = awaitedFirst(context);
    if (look.get().phase !== "none") waiting.show(null); // which says so itself
    else if (phase === "loading") {
      waiting.show(`Fetching the maps of ${network.selectedId()}`, { stop: layer_maps.stop });
    } else if (first) waiting.show(first.text, first);
    else if (phase === "ready") showMeasuring();
    else waiting.show(null, { again: phase === "stopped" ? layer_maps.reload : null });
  }

  /** The maps are there; what is measured of them decides their order, and is written beneath. */
  function showMeasuring() {
    const { stop, reload: again } = layer_maps;
    const { maps, measuring, measuring_problem } = layer_maps.get();
    const is_needed = maps?.is_single || state.get().sort !== "index";
    if (measuring_problem) waiting.show(null, { again, said: measuring_problem.message });
    else if (is_needed && measuring === "loading") waiting.show("Measuring the channels", { stop });
    else waiting.show(null, { again: is_needed && measuring === "stopped" ? again : null });
  }

  function showNotice() {
    showWaiting();
    const content = explanation();
    notice.hidden = content.length === 0;
    setNotice(
      notice,
      content.map((part) =>
        typeof part === "string" ? element("p", { text: part.replace(/\s+/g, " ") }) : part,
      ),
    );
  }

  /** Before the maps are fitted: it takes room from them. */
  function showFocus() {
    // There is room for one of them: the pixel was asked for last.
    focus.hidden = pixel_reach.get().pixel !== null;
  }

  /** The few that were asked for stand in the place of all. */
  function showLook() {
    const is_looking = look.get().phase !== "none";
    grid.hidden = is_looking;
    room.classList.toggle("is-looking", is_looking);
  }

  function update() {
    showLook();
    if (cursor.get() && !layer_maps.isCurrent()) cursor.set(null);
    showFocus();
    showMaps();
    showMarks();
    revealSelected();
    showNotice();
  }
  const ends = [
    layer_maps.subscribe(update),
    state.subscribe(update),
    network.subscribe(update),
    analysis.subscribe(showNotice),
    cursor.subscribe((unit) => {
      showMarks();
      unit_field.point(unit);
    }),
    pixel_reach.subscribe(update),
    look.subscribe(() => {
      showLook();
      showNotice();
    }),
  ];
  update();

  return {
    keys: walk.keys,
    destroy() {
      for (const end of ends) end();
      for (const part of parts) part.destroy?.();
      canvas.destroy();
      layer_maps.destroy();
      parent.replaceChildren();
    },
  };
}
