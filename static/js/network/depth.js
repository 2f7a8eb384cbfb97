/** Going through the layers by a slider, or by itself: one place of the picture, ever more around it. */

import { selectedUnit } from "../address/selected_unit.js";
import { hasPlaces } from "../lenses/look/look.js";
import { element } from "../shared/element.js";
import { isWider, sideText } from "../shared/field_geometry.js";
import { inputPoint, placeNearest, pointOfPlace } from "../shared/places.js";
import { createStepper } from "../shared/stepper.js";
import { growingTrunk } from "./trunk.js";

/** Layers a second. */
const PACE = 2;
/** A layer must be rested at so long before the page opens it: what is passed asks for nothing. */
const REST_MS = 250;

/**
 * @param {HTMLElement} parent
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createDepthView(parent, { state, network, analysis, unit_field }) {
  const holder = element("div", { class: "depth" });
  parent.append(holder);
  /** @type {import("../types.js").Layer[]} */
  let trunk = [];
  /** @type {import("../shared/stepper.js").Stepper | null} */
  let stepper = null;
  let made_for = /** @type {unknown} */ (null);
  let resting = 0;
  /** What the walk is about: taken once, so that it does not drift from layer to layer. */
  let anchor = /** @type {{point: import("../shared/places.js").Point, channel: number} | null} */ (null);
  let opened = "";
  let is_passing = false;

  /** The unit that is looked at, else the place that was pointed at, else the middle. */
  function anchorNow() {
    const { detail } = network.get();
    const layer = network.selected();
    if (!detail) return null;
    const { height, width } = detail.input_size;
    const unit = layer && hasPlaces(layer.output_shape) ? selectedUnit(state.get(), layer.output_shape) : null;
    const channel = state.get().channel ?? 0;
    if (layer && unit) return { point: pointOfPlace(layer, unit, detail.input_size), channel };
    const { look } = state.get();
    const { seen } = analysis.get();
    const middle = { y: height / 2, x: width / 2 };
    if (!look || seen?.model !== detail.id) return { point: middle, channel };
    return { point: inputPoint({ y: look[0] + 0.5, x: look[1] + 0.5 }, seen), channel };
  }

  /** @param {number} step @returns {{layer: string, unit: import("../address/selected_unit.js").Unit} | null} */
  function unitAt(step) {
    const { detail } = network.get();
    const layer = trunk[step];
    if (!detail || !layer) return null;
    if (!anchor) anchor = anchorNow();
    if (!anchor) return null;
    const { point, channel } = anchor;
    const place = placeNearest(layer, point, detail.input_size);
    return { layer: layer.id, unit: { channel: channel < layer.output_shape[0] ? channel : 0, ...place } };
  }

  const standpoint = () => {
    const { model, image, layer, channel, row, column } = state.get();
    return JSON.stringify([model, image, layer, channel, row, column]);
  };

  /** @param {number} step */
  function pass(step) {
    clearTimeout(resting);
    is_passing = true;
    unit_field.pass(unitAt(step));
  }

  function rest() {
    clearTimeout(resting);
    if (is_passing) resting = setTimeout(open, REST_MS);
  }

  function open() {
    const found = stepper ? unitAt(stepper.get()) : null;
    is_passing = false;
    if (found) {
      const { layer, unit } = found;
      const to = { ...unit, layer };
      opened = JSON.stringify([state.get().model, state.get().image, layer, unit.channel, unit.row, unit.column]);
      state.change({ ...to, pins: [] }, { replace: true });
    }
    unit_field.pass(null);
  }

  /** Whoever chooses something else meanwhile is not fetched back. */
  function giveUp() {
    clearTimeout(resting);
    stepper?.pause();
    clearTimeout(resting);
    if (is_passing) unit_field.pass(null);
    is_passing = false;
    anchor = null;
  }

  /** The last layer of the trunk that stands no later than the selected one. */
  function stepNow() {
    const ids = [...network.get().by_id.keys()];
    const here = ids.indexOf(network.selectedId() ?? "");
    return Math.max(0, trunk.findLastIndex(({ id }) => ids.indexOf(id) <= here));
  }

  /** Of the layer that is passed, else of the one that is open, be it on the way or not. @param {number} step */
  function describe(step) {
    const { detail } = network.get();
    const layer = is_passing ? trunk[step] : (network.selected() ?? trunk[step]);
    if (!detail || !layer) return "";
    const { size, extent } = layer.receptive_field;
    if (!size) return `${layer.id}\n${extent === "global" ? "sees all of the input" : "field unknown"}`;
    const field = sideText(size);
    const input = sideText(detail.input_size);
    const at_most = layer.receptive_field.status === "bound" ? "at most " : "";
    const of = isWider(size, detail.input_size) ? `, wider than ${input}` : ` of ${input}`;
    return `${layer.id}\nfield ${at_most}${field} px${of}`;
  }

  let standing = standpoint();
  function update() {
    const { detail, by_id } = network.get();
    if (detail !== made_for) {
      made_for = detail;
      giveUp();
      trunk = detail ? growingTrunk(by_id.values()) : [];
      holder.replaceChildren();
      stepper = null;
      if (trunk.length > 1) {
        stepper = createStepper(holder, {
          label: "Through the layers, from the picture on",
          last: trunk.length - 1,
          at: stepNow(),
          per_second: PACE,
          has_buttons: false,
          describe,
          onShow: pass,
          onRest: rest,
        });
        stepper.node.title = "One place of the picture through the convolutions that see ever more of it";
      }
    }
    const now = standpoint();
    if (now === standing) return;
    standing = now;
    if (now !== opened) {
      opened = "";
      giveUp();
    }
    if (!is_passing) stepper?.show(stepNow());
  }
  const ends = [state, network].map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      giveUp();
      holder.remove();
    },
  };
}
