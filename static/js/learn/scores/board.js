/** The scores as bars to drag; beside each its exponential, its share of the sum, and its sigmoid. */

import { button, element } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { createBars } from "../parts/bars.js";
import { FURTHEST, MOST_ADDED } from "./shown.js";
import { powerParts, scoreText, shareText } from "./written.js";

/** @typedef {import("./presented.js").Presented} Presented */

const STEP = 0.1;
/** So many classes a phone shows at first; the style sheet says what a phone is. */
const ON_A_PHONE = 5;
/** The ends of the bars lie on multiples of this, and as far from any score as can be added. */
const ROUND = 5;
const CELLS = /** @type {const} */ (["power", "share", "sigmoid"]);
const NAMES = { power: "exp", share: "softmax", sigmoid: "sigmoid" };

/** @typedef {(typeof CELLS)[number]} CellName */

/**
 * @param {HTMLElement} parent
 * @param {(place: number, score: number) => void} onInput
 */
export function createBoard(parent, onInput) {
  /** @type {{show: (view: Presented) => void} | null} */
  let board = null;
  let ends = { low: 0, high: 0 };

  return {
    /** @param {import("./network_scores.js").NetworkScores} found */
    build(found) {
      const scores = found.classes.map(({ score }) => score);
      ends = {
        low: ROUND * Math.floor((Math.min(0, ...scores) - MOST_ADDED) / ROUND),
        high: ROUND * Math.ceil((Math.max(0, ...scores) + MOST_ADDED) / ROUND),
      };
      board = buildBoard(parent, found, { ...ends, onInput });
    },
    ends: () => ends,

    /** @param {Presented} view */
    show(view) {
      board?.show(view);
      parent.removeAttribute("data-stale");
    },
    setStale: () => parent.toggleAttribute("data-stale", true),
  };
}

/**
 * @param {HTMLElement} parent
 * @param {import("./network_scores.js").NetworkScores} found
 * @param {{low: number, high: number, onInput: (place: number, score: number) => void}} options
 */
function buildBoard(parent, { classes, others }, { low, high, onInput }) {
  parent.replaceChildren(
    element(
      "div",
      { class: "score-head", attributes: { "aria-hidden": "true" } },
      ...["class", "score t", "", "e to the t", "softmax", "sigmoid"].map((text) => element("span", { text })),
    ),
  );
  const heads = /** @type {NodeListOf<HTMLElement>} */ (parent.querySelectorAll(".score-head > span"));
  const bars = createBars(parent, {
    names: classes.map(({ label }) => label),
    label: (name) => `Score of ${name}`,
    values: classes.map(({ score }) => score),
    ...{ low, high, step: STEP, is_across: true, furthest: FURTHEST, format: scoreText, onInput },
  });
  const cells = bars.columns.map((column, place) => {
    column.classList.add("score-row");
    column.dataset.class = String(classes[place].index);
    const track = /** @type {HTMLElement} */ (column.querySelector(".bar-track"));
    track.style.setProperty("--zero", `${(-100 * low) / (high - low)}%`);
    track.style.setProperty("--own", `${(100 * (classes[place].score - low)) / (high - low)}%`);
    track.append(element("span", { class: "bar-zero" }), element("span", { class: "bar-own" }));
    return createCells(column);
  });
  const more = bars.columns.slice(ON_A_PHONE);
  for (const column of more) column.classList.add("is-more");
  const unfold = button(`${more.length} more classes`, unfoldAll, { class: "button button-small score-more" });
  function unfoldAll() {
    parent.toggleAttribute("data-all", true);
    /** @type {HTMLElement | null} */ (more[0].querySelector(".bar-track"))?.focus();
  }
  parent.removeAttribute("data-all");
  if (more.length > 0) parent.append(unfold);
  const rest = others.length > 0 ? createRest(parent, others.length) : null;

  return {
    /** @param {Presented} view */
    show(view) {
      const { rows, temperature, log_sum } = view;
      bars.show(rows.map(({ score }) => score));
      // What was moved is seen, whoever opens the address.
      const has_moved = rows.some(({ score, own }, place) => place >= ON_A_PHONE && score !== own.score + view.added);
      if (has_moved) parent.toggleAttribute("data-all", true);
      const exponent = temperature === 1 ? "t" : "t / T";
      heads[3].replaceChildren("e", element("sup", { text: exponent }));
      heads[5].textContent = `sigmoid of ${exponent}`;
      const largest = Math.max(...rows.map(({ tempered }) => tempered), view.rest?.tempered ?? -Infinity);
      rows.forEach(({ tempered, share, sigmoid, own }, place) => {
        cells[place].power.showPower(tempered, largest);
        cells[place].share.showShare(share, own.probability);
        cells[place].sigmoid.showShare(sigmoid, own.sigmoid);
      });
      if (rest && view.rest) {
        rest.score.textContent = `like one score of ${scoreText(view.rest.score)}`;
        rest.score.dataset.value = String(view.rest.score);
        rest.power.showPower(view.rest.tempered, largest);
        rest.share.showShare(view.rest.share, null);
      }
      parent.dataset.logSum = String(log_sum);
    },
  };
}

/** @param {HTMLElement} row */
function createCells(row) {
  const cells = CELLS.map((name) => /** @type {const} */ ([name, createCell(row, name)]));
  return /** @type {Record<CellName, ReturnType<typeof createCell>>} */ (Object.fromEntries(cells));
}

/** @param {HTMLElement} row @param {CellName} name */
function createCell(row, name) {
  const figure = element("span", { class: "figure", attributes: { "data-cell": name } });
  const bar = element(
    "span",
    { class: "cell-bar", attributes: { "aria-hidden": "true" } },
    element("span", { class: "cell-fill" }),
    name === "power" ? null : element("span", { class: "cell-own" }),
  );
  row.append(
    element(
      "div",
      { class: `score-cell is-${name}` },
      element("span", { class: "cell-name", text: NAMES[name] }),
      figure,
      bar,
    ),
  );
  /** @param {number} share */
  const fill = (share) => bar.style.setProperty("--to", `${100 * share}%`);

  return {
    /** @param {number} logarithm @param {number} largest */
    showPower(logarithm, largest) {
      const { base, exponent } = powerParts(logarithm);
      figure.replaceChildren(base, exponent ? element("sup", { text: exponent }) : "");
      figure.dataset.value = String(Math.exp(logarithm));
      fill(Math.exp(logarithm - largest));
    },

    /** @param {number} share @param {number | null} own of the network */
    showShare(share, own) {
      figure.textContent = shareText(share);
      figure.dataset.value = String(share);
      figure.title = String(share);
      fill(share);
      bar.style.setProperty("--own", `${100 * (own ?? 0)}%`);
      bar.toggleAttribute("data-owned", own !== null);
    },
  };
}

/** @param {HTMLElement} parent @param {number} count */
function createRest(parent, count) {
  const score = element("span", { class: "rest-score figure" });
  const row = element(
    "div",
    { class: "score-row is-rest", attributes: { "data-class": "rest" } },
    element("span", { class: "bar-name", text: `${formatInteger(count)} others, together` }),
    score,
  );
  const power = createCell(row, "power");
  const share = createCell(row, "share");
  parent.append(row);
  return { score, power, share };
}
