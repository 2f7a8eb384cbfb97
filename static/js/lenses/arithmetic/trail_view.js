/** The way down to the selected unit as a line of links, and the walk along the largest. */

import { openUnit } from "../../address/selected_unit.js";
import { setChildren } from "../../shared/children.js";
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
  const crumbKey = (unit, is_last) => JSON.stringify([is_last, keyOf(unit), nameOf(unit)]);

  /** @param {Stop} unit @param {boolean} is_last */
  function newCrumb(unit, is_last) {
    const name = element("span", { class: "trail-name", text: nameOf(unit) });
    const number = element("span", { class: "trail-value figure" });
    const attributes = { "data-unit": keyOf(unit) };
    const node = is_last
      ? element("span", { class: "trail-here", attributes: { ...attributes, "aria-current": "step" } }, name, " ", number)
      : element(
          "button",
          { class: "trail-crumb", attributes: { ...attributes, type: "button" }, on: { click: () => openUnit(state, unit) } },
          ...[name, " ", number],
        );
    return { item: element("li", {}, node), node, number };
  }

  /** A step that stays keeps its node: a press on it holds while an answer comes in. @type {Map<string, ReturnType<typeof newCrumb>>} */
  let crumbs = new Map();

  const fold = button("", () => {
    is_open = true;
    update();
  }, { class: "trail-crumb trail-fold", title: "Show every step of the way" });
  const fold_item = element("li", {}, fold);

  /** @param {Stop[]} units of which the last is the selected one */
  function showNumbers(units) {
    for (const [place, unit] of units.entries()) {
      const crumb = crumbs.get(crumbKey(unit, place === units.length - 1));
      if (!crumb) continue;
      const value = trail.valueOf(unit);
      setText(crumb.number, value === undefined ? "" : readable(value));
      crumb.node.title = `${value === undefined ? "" : `${exactFloat32(value)}: `}unit ${placeText(unit)}`;
    }
  }

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
    if (asking === mine) update();
  }

  let drawn = "";
  function showWay() {
    const way = trail.way();
    const here = trail.selected();
    nav.hidden = way.length === 0 || here === null;
    if (!here || way.length === 0) {
      is_open = false;
      drawn = "";
      setChildren(list, []);
      return;
    }
    const is_folded = !is_open && way.length > MOST_SHOWN;
    const first = is_folded ? way.slice(0, FIRST_SHOWN) : way;
    const last = is_folded ? way.slice(-LAST_SHOWN) : [];
    const shown = [...first, ...last, here];
    const is_ready = analysis.get().phase === "ready";
    const key = JSON.stringify([shown.map((unit) => crumbKey(unit, unit === here)), way.length, is_ready]);
    if (key !== drawn) {
      drawn = key;
      const known = crumbs;
      crumbs = new Map();
      const items = shown.map((unit, place) => {
        const is_last = place === shown.length - 1;
        const crumb_key = crumbKey(unit, is_last);
        const crumb = known.get(crumb_key) ?? newCrumb(unit, is_last);
        crumbs.set(crumb_key, crumb);
        return crumb.item;
      });
      if (is_folded) items.splice(FIRST_SHOWN, 0, fold_item);
      setText(fold, `${way.length - FIRST_SHOWN - LAST_SHOWN} between`);
      if (setChildren(list, items)) nav.scrollTop = nav.scrollHeight;
      if (!is_open) void fill([...first, ...last]);
    }
    showNumbers(shown);
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
