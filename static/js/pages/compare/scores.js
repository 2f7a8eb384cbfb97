/** The scores of both sides: a class a row, with what is between them. */

import { element, setText } from "../../shared/element.js";
import { ORIGIN_NAMES, difference, formatChange, formatExact, formatFixed, formatPercent } from "../../shared/format.js";
import { createRandomBadge } from "../../shared/random_badge.js";
import { LETTERS, SIDES } from "./address.js";
import { agreementOf, classOf } from "./agreement.js";

/** @typedef {import("../../types.js").ClassScore} ClassScore */

/** @param {number | null} share @param {"before" | "after"} kind */
function bar(share, kind) {
  const fill = element("span", { class: `change-fill change-${kind}` });
  fill.style.transform = `scaleX(${share ?? 0})`;
  return element("span", { class: "change-track", attributes: { "aria-hidden": "true" } }, fill);
}

/** @param {number | null} value of a difference */
const direction = (value) => (value === null || value === 0 ? "" : value < 0 ? "change-falls" : "change-rises");

/** @param {string} text @param {string} title */
const heading = (text, title) => element("th", { text, attributes: { scope: "col", title } });

/** @param {import("./page.js").Page} page */
export function createScores(page) {
  const { address, comparison } = page;
  const note = element("p", { class: "quiet compare-note", attributes: { role: "status" } });
  const badge = createRandomBadge();
  const body = element("tbody");
  const joined = element(
    "table",
    { class: "change-table compare-table" },
    element("caption", { class: "visually-hidden", text: "Classes of A and B" }),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        heading("class", "A class can be clicked: the maps beneath then explain it"),
        heading("A, B", "Probabilities as bars, A above B"),
        heading("A", "Probability on the left"),
        heading("B", "Probability on the right"),
        heading("A − B", "Difference of the probabilities, in percentage points"),
        heading("Δ logit", "Difference of the logits, A − B"),
      ),
    ),
    body,
  );
  const apart = Object.fromEntries(
    SIDES.map((side) => [side, element("ol", { class: "compare-own-scores" })]),
  );
  const separate = element(
    "div",
    { class: "compare-separate" },
    ...SIDES.map((side) => element(
        "div",
        {},
        element(
          "div",
          { class: "compare-own-head" },
          element("h3", { text: LETTERS[side] }),
          element("span", { class: "quiet", text: "probability, logit" }),
        ),
        apart[side],
      )),
  );
  const node = element(
    "section",
    { class: "part part-scores", attributes: { "aria-labelledby": "scores-heading", id: "scores" } },
    element(
      "div",
      { class: "compare-line" },
      element("h2", { text: "Scores", attributes: { id: "scores-heading", tabindex: -1 } }),
      badge.node,
    ),
    note,
    joined,
    separate,
  );

  /** @param {ClassScore} left @param {ClassScore} right */
  function row(left, right) {
    const points = difference(left.probability, right.probability);
    const logits = difference(left.logit, right.logit);
    const is_chosen = SIDES.some((side) => left.index === classOf(page, side));
    const label = element("button", {
      class: "compare-class",
      text: left.label,
      attributes: {
        type: "button",
        "aria-pressed": String(is_chosen),
        title: `${left.label}, class ${left.index}: explain it beneath`,
      },
      on: { click: () => address.change({ class_index: left.index }) },
    });
    /** @param {string} text @param {string} title @param {string} name */
    const cell = (text, title, name = "") => element("td", { class: name, text, attributes: { title } });
    return element(
      "tr",
      { class: is_chosen ? "is-chosen" : "", attributes: { "data-index": left.index } },
      element("th", { class: "change-label", attributes: { scope: "row" } }, label),
      element("td", { class: "change-bars" }, bar(left.probability, "before"), bar(right.probability, "after")),
      cell(formatPercent(left.probability), String(left.probability)),
      cell(formatPercent(right.probability), String(right.probability)),
      cell(
        formatChange(points === null ? null : points * 100, 2),
        `${formatExact(points)}, in percentage points`,
        direction(points),
      ),
      cell(
        formatChange(logits, 2),
        `logit ${formatExact(left.logit)} less ${formatExact(right.logit)} = ${formatExact(logits)}`,
        direction(logits),
      ),
    );
  }

  function rows() {
    const { left, right } = comparison.get();
    if (!left.scores || !right.scores || !left.seen || !right.seen) return [];
    const [one, other] = [left, right].map(
      ({ scores }) => new Map((scores ?? []).map((each) => [each.index, each])),
    );
    const highest = [left.seen, right.seen].flatMap((seen) => ("classes" in seen ? seen.classes : []));
    const chosen = address.get().class_index;
    const indices = new Set([...highest.map(({ index }) => index), ...(chosen === null ? [] : [chosen])]);
    const found = [...indices].flatMap((index) => {
      const pair = /** @type {const} */ ([one.get(index), other.get(index)]);
      return pair[0] && pair[1] ? [/** @type {[ClassScore, ClassScore]} */ ([...pair])] : [];
    });
    return found.sort((first, second) => (second[0].logit ?? -Infinity) - (first[0].logit ?? -Infinity));
  }

  /** @returns {string} */
  function words() {
    const { left, right } = comparison.get();
    const silent = [left, right].find(({ detail }) => detail?.classes === 0);
    if (silent) return `${silent.model} returns maps or features, no scores: compare the maps beneath.`;
    const [one, other] = [left, right].map(({ seen }) => (seen && "classes" in seen ? seen.classes[0] : null));
    if (!one || !other) {
      const failed = [left, right].some(({ problem }) => problem !== "");
      return failed ? "No scores to compare: see the words at its network." : "The networks are looking…";
    }
    const best = `Highest: ${one.label} on the left, ${other.label} on the right.`;
    const agreement = agreementOf(left, right);
    if (agreement === "different") return `${best} These networks tell different classes apart.`;
    if (agreement === "by number") return `${best} Classes are matched by their numbers.`;
    return best;
  }

  let shown = "";
  function update() {
    const { left, right } = comparison.get();
    setText(note, words());
    const untrained = SIDES.filter((side) => ({ left, right })[side].detail?.origin === "random");
    badge.show(untrained.length > 0 ? { left, right }[untrained[0]].detail : null);
    const letters = untrained.map((side) => LETTERS[side]).join(" and ");
    setText(badge.node, `${letters}: ${ORIGIN_NAMES.random}`);
    const agreement = agreementOf(left, right);
    const pairs = agreement === "same" || agreement === "by number" ? rows() : [];
    const key = JSON.stringify([agreement, pairs, ...SIDES.map((side) => classOf(page, side)), left.seen === null, right.seen === null]);
    if (key === shown) return;
    shown = key;
    joined.hidden = pairs.length === 0;
    const is_focused = body.contains(document.activeElement);
    const focused = document.activeElement?.closest("tr")?.dataset.index;
    body.replaceChildren(...pairs.map(([one, other]) => row(one, other)));
    if (is_focused) body.querySelector(`[data-index="${focused}"] button`)?.closest("button")?.focus();
    separate.hidden = agreement !== "different" || !left.seen || !right.seen;
    if (separate.hidden) return;
    for (const side of SIDES) {
      const { seen } = { left, right }[side];
      const classes = seen && "classes" in seen ? seen.classes : [];
      apart[side].replaceChildren(
        ...classes.map(({ label, probability, logit }) =>
          element(
            "li",
            { attributes: { title: `probability ${probability}, logit ${logit}` } },
            element("span", { text: label }),
            element("span", { class: "figure", text: formatPercent(probability) }),
            element("span", { class: "figure", text: formatFixed(logit, 2) }),
          ),
        ),
      );
    }
  }
  comparison.subscribe(update);
  address.subscribe(update);
  return { node, update };
}
