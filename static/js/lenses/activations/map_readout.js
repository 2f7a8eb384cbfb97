/** The value under the cursor, or of the selected unit, and what the colours stand for. */

import { against } from "../../shared/contrast.js";
import { gradientOf } from "../../shared/colours.js";
import { element } from "../../shared/element.js";
import { formatFloat32, formatPercent, formatShort } from "../../shared/format.js";
import { approximateValue } from "../../shared/maps.js";
import { term } from "../../shared/term.js";

const CHANNEL = "channel";
const HINT = "Point at a map to read its values";

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @param {import("./lens.js").LayerContext} inner
 * @returns {import("../../page_types.js").View}
 */
export function createMapReadoutView(parent, { state, network, analysis }, inner) {
  const { layer_maps, cursor } = inner;
  const place = element("span", { class: "readout-place" });
  const value = element("output", { class: "readout-value" });
  const channel_facts = element("p", { class: "readout-channel" });
  const low = element("span");
  const high = element("span");
  const bar = element("span", { class: "legend-bar" });
  const explanation = element("span", { class: "legend-text" });
  const legend = element("p", { class: "legend" }, low, bar, high, explanation);
  const announcement = element("p", { class: "visually-hidden", attributes: { role: "status" } });
  parent.append(
    element("p", { class: "readout-line" }, place, value),
    channel_facts,
    legend,
    announcement,
  );

  // What is pointed at changes with every move: the words around it stay.
  const after_channel = document.createTextNode("");
  const of_unit = [term("channel", "channel"), after_channel];
  const hint = ["Point at a ", term("feature-map", "map"), " to read its values"];

  /** @param {string} text */
  function showPlace(text) {
    const is_unit = text.startsWith(CHANNEL);
    if (is_unit) after_channel.textContent = text.slice(CHANNEL.length);
    if (is_unit && of_unit[0].parentNode === place) return;
    if (is_unit) place.replaceChildren(...of_unit);
    else if (text !== HINT) place.textContent = text;
    else if (place.textContent !== HINT) place.replaceChildren(...hint);
  }

  /** @param {import("./map_canvas.js").Unit} unit */
  function placeText({ channel, row, column }) {
    const { maps } = layer_maps.get();
    const { detail } = network.get();
    if (!maps?.is_vector) return `${CHANNEL} ${channel} · row ${row} · column ${column}`;
    const is_output = maps.layer === detail?.output;
    return is_output ? `class ${channel} · ${detail?.labels[channel]}` : `feature ${channel}`;
  }

  /** What to say while nothing is pointed at; an address may name a unit that is not there. */
  function invitation() {
    const { maps } = layer_maps.get();
    const { channel, row, column } = state.get();
    if (!maps) return "\u00a0";
    if (channel === null || maps.layer !== network.selectedId()) {
      return HINT;
    }
    const last = maps.count - 1;
    if (maps.is_vector) return `There is no feature ${channel}: this layer has 0 to ${last}`;
    const unit = [channel, row ?? "?", column ?? "?"].join(", ");
    return `There is no unit ${unit}: this layer has the channels 0 to ${last}, the rows 0 to ${
      maps.height - 1
    } and the columns 0 to ${maps.width - 1}`;
  }

  /** @param {number} channel */
  function channelText(channel) {
    const { statistics, class_index, rival } = layer_maps.get();
    const found = statistics?.channels[channel];
    if (!found) return "";
    const { mean, fraction_active, not_finite, contribution } = found;
    const parts = [];
    // Of a single number its range and mean say nothing new.
    const is_map = !layer_maps.get().maps?.is_single;
    if (is_map && found.minimum !== null && found.maximum !== null) {
      parts.push(`${formatShort(found.minimum)} to ${formatShort(found.maximum)}`);
    }
    if (is_map && mean !== null) parts.push(`mean ${formatShort(mean)}`);
    if (is_map) parts.push(`${formatPercent(fraction_active)} above zero`);
    if (is_map && not_finite > 0) parts.push(`${not_finite} not finite`);
    if (contribution !== null && contribution !== undefined && class_index !== null) {
      const labels = network.get().detail?.labels ?? [];
      const label = labels[class_index] ?? String(class_index);
      const to = against(label, rival === null ? null : (labels[rival] ?? String(rival)));
      parts.push(`contributes ${formatShort(contribution)} to ${to}`);
    }
    return parts.join(" · ");
  }

  function showLegend() {
    const { maps, statistics } = layer_maps.get();
    legend.classList.toggle("is-invisible", maps === null);
    if (!maps) return;
    const colours = inner.colours();
    bar.style.backgroundImage = gradientOf(colours);
    const focus = cursor.get()?.channel ?? inner.selected()?.channel;
    const channel = maps.scale === "layer" ? 0 : focus;
    const bounds = /** @type {number[]} */ ([]);
    if (channel !== undefined && channel < maps.count) {
      const ends = [maps.minimum[channel], maps.maximum[channel]];
      const largest = Math.max(Math.abs(ends[0]), Math.abs(ends[1]));
      bounds.push(...(colours === "diverging" ? [-largest, largest] : ends));
    }
    low.textContent = bounds.length > 0 ? formatShort(bounds[0]) : "low";
    high.textContent = bounds.length > 0 ? formatShort(bounds[1]) : "high";
    const span =
      maps.scale === "layer" ? "one scale for the whole layer" : "each map on a scale of its own";
    const kind = colours === "diverging" ? ", zero neutral" : "";
    const not_finite = statistics?.not_finite ?? maps.not_finite;
    const warning = not_finite > 0 ? `; ${not_finite} values are not finite` : "";
    explanation.textContent = `${span}${kind}${warning}`;
  }

  function update() {
    const { maps } = layer_maps.get();
    const unit = cursor.get() ?? inner.selected();
    showLegend();
    if (!maps || !unit || unit.channel >= maps.count) {
      showPlace(invitation());
      value.textContent = "";
      channel_facts.textContent = "\u00a0";
      return;
    }
    const { channel, row, column } = unit;
    showPlace(placeText(unit));
    if (!layer_maps.isCurrent()) {
      value.textContent = "…";
      channel_facts.textContent = "\u00a0";
      return;
    }
    const exact = layer_maps.exactValue(channel, row, column);
    value.textContent =
      exact === null
        ? `≈ ${formatShort(approximateValue(maps, channel, row, column))}`
        : formatFloat32(exact);
    channel_facts.textContent = channelText(channel) || "\u00a0";
  }

  function announce() {
    const unit = inner.selected();
    announcement.textContent = unit ? `Selected ${placeText(unit)}` : "";
  }
  const ends = [
    layer_maps.subscribe(update),
    layer_maps.exact_arrivals.subscribe(update),
    cursor.subscribe(update),
    network.subscribe(update),
    analysis.subscribe(update),
    state.subscribe(() => {
      update();
      announce();
    }),
  ];
  update();

  return {
    destroy() {
      for (const end of ends) end();
      parent.replaceChildren();
    },
  };
}
