/** The classes and what the network gives them, as bars. */

import { openUnit } from "../address/selected_unit.js";
import { createWeightsOffer } from "../models/weights_offer.js";
import { button, element } from "../shared/element.js";
import {
  formatExact,
  formatFixed,
  formatInteger,
  formatPercent,
  withoutRounding,
} from "../shared/format.js";
import { createRandomBadge } from "../shared/random_badge.js";
import { term } from "../shared/term.js";
import { createScoreStatus } from "./status.js";

const EXPLANATIONS = {
  softmax: ": the classes share 100\u202f% among them; one rises only where others fall.",
  sigmoid: ": each class is a yes-or-no of its own, 50\u202f% at logit 0; the sum means nothing.",
};
const NAMES = { softmax: "Softmax", sigmoid: "Sigmoid" };

/**
 * @typedef {object} Row
 * @property {HTMLTableRowElement} row
 * @property {HTMLButtonElement} label asks why
 * @property {HTMLElement} name of the class
 * @property {HTMLElement} index
 * @property {HTMLButtonElement} logit leads to how it was made
 * @property {HTMLElement} value
 * @property {HTMLElement} bar
 */

/**
 * @param {(index: number) => void} onAsk
 * @param {(index: number) => void} onExplain
 * @returns {Row}
 */
function createRow(onAsk, onExplain) {
  const label = button("", () => onAsk(Number(index.textContent)), { class: "score-ask" });
  const name = element("span", { class: "score-name" });
  label.append(name);
  const cell = { role: "cell" };
  const index = element("td", { class: "score-index", attributes: cell });
  const logit = button("", () => onExplain(Number(index.textContent)), { class: "score-explain" });
  const value = element("span", { class: "score-number" });
  const bar = element("span", { class: "score-bar-fill" });
  const track = element("span", { class: "score-bar", attributes: { "aria-hidden": "true" } }, bar);
  const as_heading = { scope: "row", role: "rowheader" };
  const heading = element("th", { class: "score-label", attributes: as_heading }, label, track);
  const last = element("td", { class: "score-value", attributes: cell }, value);
  const logit_cell = element("td", { class: "score-logit", attributes: cell }, logit);
  const row = element("tr", { attributes: { role: "row" } }, heading, index, logit_cell, last);
  return { row, label, name, index, logit, value, bar };
}

/**
 * @param {HTMLElement} parent
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createScoresView(parent, context) {
  const { analysis, state, pictures, exact, network } = context;
  const status = createScoreStatus(context);
  const offer = createWeightsOffer(context);
  // Their roles are said: where its rows are laid out otherwise, browsers take it for no table.
  const as_heading = { scope: "col", role: "columnheader" };
  const value_heading = element("th", { attributes: as_heading });
  const random = createRandomBadge();
  const body = element("tbody", { attributes: { role: "rowgroup" } });
  const table = element(
    "table",
    { class: "score-table", attributes: { role: "table" } },
    element("caption", { class: "visually-hidden", text: "Classes with the highest scores" }),
    element(
      "thead",
      { attributes: { role: "rowgroup" } },
      element(
        "tr",
        { attributes: { role: "row" } },
        element("th", { attributes: as_heading }, "class", random.node),
        element("th", { text: "index", attributes: as_heading }),
        element("th", { attributes: as_heading }, term("logit", "logit")),
        value_heading,
      ),
    ),
    body,
  );
  const others = element("p", { class: "score-others" });
  const announcement = element("p", { class: "visually-hidden", attributes: { role: "status" } });
  const explanation = element("p", { class: "score-explanation" });
  const results = element("div", { class: "score-results" }, table, others, explanation);
  parent.append(status.node, offer.node, results, announcement);

  /** @type {Row[]} */
  const rows = [];

  /**
   * @param {Row} row
   * @param {import("../types.js").ClassScore} score
   */
  function fillRow(row, score) {
    const { scale } = state.get();
    const in_full = exact.get();
    const share = scale === "softmax" ? score.probability : score.sigmoid;
    row.name.textContent = score.label;
    row.label.title = `Why ${score.label}?`;
    row.label.disabled = false;
    const { lens, class_index } = state.get();
    row.row.classList.toggle("is-asked", lens === "why" && class_index === score.index);
    row.index.textContent = String(score.index);
    row.logit.textContent = in_full ? formatExact(score.logit) : formatFixed(score.logit, 2);
    row.logit.disabled = network.get().detail === null;
    row.logit.title = `logit ${formatExact(score.logit)}: see how it was made`;
    row.value.textContent = in_full ? formatExact(share) : formatPercent(share);
    row.value.title = `${scale} ${formatExact(share)}`;
    row.bar.style.transform = `scaleX(${share ?? 0})`;
  }

  let explained = "";
  /** @param {"softmax" | "sigmoid"} scale */
  function explainScale(scale) {
    if (scale === explained) return; // its term may be open
    explained = scale;
    explanation.replaceChildren(term(scale, NAMES[scale]), EXPLANATIONS[scale]);
  }

  /** @param {number} channel the class */
  function explain(channel) {
    const layer = network.get().detail?.output;
    if (layer !== undefined) openUnit(state, { layer, channel, row: null, column: null });
  }

  /** @param {number} class_index */
  function ask(class_index) {
    state.change({ class_index, lens: "why", why_of: "class", tab: "layer" });
  }

  /** @param {import("../types.js").Prediction} prediction */
  function showPrediction(prediction) {
    const { scale } = state.get();
    value_heading.textContent = scale === "softmax" ? "probability" : "sigmoid";
    while (rows.length < prediction.classes.length) rows.push(createRow(ask, explain));
    prediction.classes.forEach((score, place) => fillRow(rows[place], score));
    const used = rows.slice(0, prediction.classes.length).map(({ row }) => row);
    if (body.childElementCount !== used.length) body.replaceChildren(...used);
    table.classList.toggle("is-exact", exact.get());

    const count = prediction.class_count - prediction.classes.length;
    const shares = prediction.classes.map(({ probability }) => probability ?? NaN);
    const rest = shares.reduce((left, share) => left - share, 1);
    explainScale(scale);
    others.textContent =
      scale === "softmax" && count > 0 && Number.isFinite(rest)
        ? `The other ${formatInteger(count)} classes share \
${formatPercent(Math.max(0, withoutRounding(rest, [1, ...shares])))}.`
        : "";
  }

  /** @param {import("../types.js").Prediction} prediction */
  function announce({ classes, entropy_bits }) {
    const { scale } = state.get();
    const best = classes
      .slice(0, 3)
      .map((score) => {
        const share = scale === "softmax" ? score.probability : score.sigmoid;
        return `${score.label} ${formatPercent(share)}`;
      })
      .join(", ");
    announcement.textContent = `${best}. Entropy \
${entropy_bits === null ? "unknown" : `${formatFixed(entropy_bits, 2)} bits`}.`;
  }

  /** Nothing is known of this network yet: the rows stay, so that nothing jumps. */
  function blankRows() {
    for (const row of rows) {
      for (const cell of [row.name, row.index, row.logit, row.value]) {
        cell.textContent = "";
        cell.title = "";
      }
      row.label.title = "";
      row.name.textContent = "…";
      row.label.disabled = true;
      row.logit.disabled = true;
      row.row.classList.remove("is-asked");
      row.bar.style.transform = "scaleX(0)";
    }
    others.textContent = "";
  }

  function update() {
    const { phase, model, prediction } = analysis.get();
    random.show(model);
    const sending = pictures.get().sending !== null;
    const waiting = phase === "loading" || sending;
    parent.setAttribute("aria-busy", String(waiting));
    results.classList.toggle("is-waiting", waiting && prediction !== null);
    results.hidden = phase === "weights" || (prediction === null && phase !== "loading");
    // Out of sight until they are those of this network, with what is to be said before them.
    results.classList.toggle("is-invisible", prediction === null && phase === "loading");
    if (prediction) showPrediction(prediction);
    else blankRows();
    if (phase === "ready" && prediction && !sending) announce(prediction);
    else if (!waiting || prediction === null) announcement.textContent = "";
  }
  const ends = [
    analysis.subscribe(update),
    pictures.subscribe(update),
    state.subscribe(update),
    exact.subscribe(update),
    network.subscribe(update),
  ];
  update();

  return {
    destroy() {
      for (const end of ends) end();
      status.destroy();
      offer.destroy();
      parent.replaceChildren();
    },
  };
}
