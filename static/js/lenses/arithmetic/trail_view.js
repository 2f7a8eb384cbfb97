/** The way down to the selected unit as a line of links, and the walk along the largest. */

import { openUnit } from "../../address/selected_unit.js";
import { button, element, setText } from "../../shared/element.js";
import { keyOf } from "./trail.js";
import { exactFloat32, placeText, readable } from "./values.js";

/** @typedef {import("./trail.js").Stop} Stop */

/** More than these are folded: the first and the last of them stand there. */
const MOST_SHOWN = 7;
const FIRST_SHOWN = 2;
const LAST_SHOWN = 3;

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @param {import("./trail.js").Trail} trail
 * @returns {import("../../page_types.js").View}
 */
export function createTrailView(parent, { state, analysis, network }, trail) {
  const list = element("ol", { class: "trail-list" });
  const nav = element("nav", { class: "trail-way", attributes: { "aria-label": "The way down to this number" } }, list);
  const follow = button("Follow the largest product", () => start(), {
    class: "button button-small button-primary",
    title:
      "Step by step down to a pixel of the picture: of a sum to the term with the largest product, of a maximum to the value that was taken, else to the largest value × slope",
  });
  const stop = button("Stop", () => trail.stop(), { class: "button button-small" });
  const bar = element("progress", { attributes: { max: 1, "aria-label": "Of the network's layers" } });
  const words = element("span", { class: "trail-words figure" });
  const said = element("span", { class: "trail-said", attributes: { role: "status" } });
  const tools = element("div", { class: "trail-tools" }, follow, stop, bar, words, said);
  parent.append(nav, tools);
  let is_open = false;

  function start() {
    const unit = trail.selected();
    if (unit) trail.follow(unit);
  }

  /** @param {Stop} unit */
  function nameOf({ layer, channel, row }) {
    const { detail } = network.get();
    const label = detail?.output === layer && row === null ? detail.labels[channel] : "";
    return label || `${layer} ${channel}`;
  }

  /** @param {Stop} unit @param {boolean} is_last */
  function crumb(unit, is_last) {
    const value = trail.valueOf(unit);
    const number = element("span", { class: "trail-value figure", text: value === undefined ? "" : readable(value) });
    const exact = value === undefined ? "" : `${exactFloat32(value)}: `;
    const attributes = { title: `${exact}unit ${placeText(unit)}`, "data-unit": keyOf(unit) };
    const name = element("span", { class: "trail-name", text: nameOf(unit) });
    const node = is_last
      ? element("span", { class: "trail-here", attributes: { ...attributes, "aria-current": "step" } }, name, " ", number)
      : element(
          "button",
          { class: "trail-crumb", attributes: { ...attributes, type: "button" }, on: { click: () => openUnit(state, unit) } },
          ...[name, " ", number],
        );
    return element("li", {}, node);
  }

  /** @param {number} count */
  const fold = (count) =>
    element(
      "li",
      {},
      button(`${count} between`, () => {
        is_open = true;
        drawn = "";
        update();
      }, { class: "trail-crumb trail-fold", title: "Show every step of the way" }),
    );

  /** @type {AbortController | null} */
  let asking = null;
  /** After a reload nobody knows what the units on the way said: only those that are shown are asked. @param {Stop[]} shown */
  async function fill(shown) {
    asking?.abort();
    const missing = shown.filter((unit) => trail.valueOf(unit) === undefined);
    if (missing.length === 0 || analysis.get().phase !== "ready") return;
    const mine = new AbortController();
    asking = mine;
    try {
      for (const unit of missing) await trail.fetchValue(unit, mine.signal);
    } catch {
      return; // the names stand there without them
    }
    if (asking !== mine) return;
    drawn = "";
    update();
  }

  let drawn = "";
  function showWay() {
    const way = trail.way();
    const here = trail.selected();
    nav.hidden = way.length === 0 || here === null;
    if (!here || way.length === 0) {
      is_open = false;
      drawn = "";
      list.replaceChildren();
      return;
    }
    const is_ready = analysis.get().phase === "ready";
    const key = JSON.stringify([way.map(keyOf), keyOf(here), trail.valueOf(here), is_open, is_ready]);
    if (key === drawn) return;
    drawn = key;
    const is_folded = !is_open && way.length > MOST_SHOWN;
    const first = is_folded ? way.slice(0, FIRST_SHOWN) : way;
    const last = is_folded ? way.slice(-LAST_SHOWN) : [];
    list.replaceChildren(
      ...first.map((unit) => crumb(unit, false)),
      ...(is_folded ? [fold(way.length - FIRST_SHOWN - LAST_SHOWN)] : []),
      ...last.map((unit) => crumb(unit, false)),
      crumb(here, true),
    );
    nav.scrollTop = nav.scrollHeight;
    if (!is_open) fill([...first, ...last]);
  }

  function endText() {
    const { ended, steps, problem } = trail.get();
    if (problem) return problem.message;
    const taken = `${steps} ${steps === 1 ? "step" : "steps"}`;
    if (ended === "pixel") return `After ${taken}: one colour of one pixel. Its patch of the picture stands below.`;
    if (ended === "end") return `After ${taken}: nothing leads further from here.`;
    if (ended === "stopped") return `Stopped after ${taken}.`;
    return "";
  }

  function update() {
    if (state.get().lens !== "number") return;
    const { is_running, at, steps, share } = trail.get();
    const here = trail.selected();
    parent.hidden = here === null && !is_running;
    showWay();
    const is_at_input = here !== null && network.get().by_id.get(here.layer)?.inputs.length === 0;
    follow.hidden = is_running || is_at_input;
    for (const node of [stop, bar, words]) node.hidden = !is_running;
    setText(said, is_running ? "" : endText());
    if (!is_running || !at) return;
    bar.value = share;
    const value = trail.valueOf(at);
    setText(words, `step ${steps}: ${placeText(at)} = ${value === undefined ? "…" : readable(value)}`);
  }
  const ends = [trail, state, network, analysis].map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      asking?.abort();
      parent.replaceChildren();
    },
  };
}
