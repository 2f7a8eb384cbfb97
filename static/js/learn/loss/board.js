/** Five confidences with what each costs, beside what they come to and what a mere guess would. */

import { button, element } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { createBars } from "../parts/bars.js";
import { createFormula } from "../parts/formula.js";
import { createNumberField } from "../../shared/number_field.js";
import { areGuesses, bitsOf, costOf, lossOf, plainMeanOf, productOf, productsSoFar } from "./arithmetic.js";
import { brief, briefWithZeros, createFigures, orEndless, written, writeNumber, writtenProduct } from "./figures.js";
import { MOST_CLASSES, NOTES } from "./shown.js";
import { judged } from "./verdict.js";

const NAMES = ["1", "2", "3", "4", "5"];
const SLOTS = ["a", "b", "c", "d", "e"];
/** The scale of the costs grows with the deepest of them, up to a little beyond that of 0.001. */
const LEAST_SCALE = 2.5;
const MOST_SCALE = 7.2;

const PRESETS = [
  { text: "As in the notes", five: NOTES },
  { text: "One at 0.001", five: [0.7, 0.8, 0.6, 0.3, 0.001] },
  { text: "One at 0", five: [0.7, 0.8, 0.6, 0.3, 0] },
];

/** @param {number} classes */
const guesses = (classes) => NAMES.map(() => 1 / classes);

/** @param {string} text */
const caption = (text) => element("p", { class: "board-caption", text });

/** A bar that nobody drags, as high as a share. @param {string} tone */
const shareBar = (tone) =>
  element(
    "div",
    { class: `bar-track is-still tone-${tone}` },
    element("span", { class: "bar-fill" }),
  );

/** A bar that hangs as deep as a cost. @param {string} tone */
const costBar = (tone) =>
  element(
    "div",
    { class: `cost-track tone-${tone}`, attributes: { "aria-hidden": "true" } },
    element("span", { class: "cost-fill" }),
  );

/** @param {Element} node @param {number} value */
const writeBrief = (node, value) => writeNumber(node, value, brief(value));

/** @param {string} tone */
const meanLine = (tone) => element("span", { class: `mean-line tone-${tone}` });

/** @param {string} name @param {HTMLElement[]} lines */
const across = (name, ...lines) =>
  element("div", { class: name, attributes: { "aria-hidden": "true" } }, ...lines);

/** @param {HTMLElement} track @param {number} share */
function setShare(track, share) {
  track.style.setProperty("--from", "0%");
  track.style.setProperty("--to", `${100 * share}%`);
}

/** @param {HTMLElement} track @param {number} cost @param {number} scale */
function setCost(track, cost, scale) {
  track.style.setProperty("--to", `${100 * Math.min(1, cost / scale)}%`);
  track.classList.toggle("is-endless", cost > scale);
}

/**
 * @param {object} places
 * @param {HTMLElement} places.board
 * @param {HTMLElement} places.tools
 * @param {HTMLElement} places.figures
 * @param {HTMLElement} places.verdict
 * @param {import("./shown.js").ShownStore} shown
 */
export function createBoard({ board, tools, figures, verdict }, shown) {
  const fill = createFigures(figures, [
    { name: "product", label: "product" },
    { name: "plain", label: "plain mean" },
    { name: "mean", label: "geometric mean" },
    { name: "logarithm", label: "mean of ln p" },
    { name: "loss", label: "loss", unit: "nats" },
    { name: "bits", label: "the same loss", unit: "bits" },
  ]);
  const quality = createFormula("loss.quality");
  const mean = createFormula("loss.mean");
  const of_mean = createFormula("loss.root");

  board.append(caption("Confidence in the right answer, p; plain and geometric mean"));
  const bars = createBars(board, {
    names: NAMES,
    label: (name) => `Confidence in the right answer to picture ${name}`,
    values: shown.get().five,
    format: (value) => `${written(value)}, costs ${written(costOf(value))} nats`,
    onInput(index, value) {
      shown.change({ five: shown.get().five.with(index, value) });
    },
  });
  board.append(
    caption("Product so far"),
    caption("Cost, −ln p, with a line at each nat"),
    caption("Slope of the loss in the right class’s score, (p − 1)/5"),
  );
  const rows = bars.columns.map((column) => {
    const product = element("span", { class: "board-number is-product" });
    const cost_bar = costBar("own");
    const cost = element("span", { class: "board-number is-cost" });
    const slope = element("span", { class: "board-number is-slope" });
    column.append(product, cost_bar, cost, slope);
    return { product, cost_bar, cost, slope };
  });
  const plain = createSummary("plain", "plain", false);
  const all = createSummary("all", "geom.", true);
  const guess = createSummary("guess", "1/c", true);
  const mean_line = meanLine("all");
  const guess_line = meanLine("guess");
  const loss_line = meanLine("all");
  const cost_lines = across("board-lines is-costs", loss_line);
  const nats = Array.from({ length: Math.floor(MOST_SCALE) }, (_, index) =>
    element("span", { class: "nat-name", text: formatInteger(index + 1) }),
  );
  board.append(
    ...[plain.column, all.column, guess.column],
    across("board-lines", mean_line, guess_line),
    cost_lines,
    across("nat-names", ...nats),
  );
  [...bars.columns, plain.column, all.column, guess.column].forEach((column, place) => {
    // Between the five and what they come to is a column of its own.
    column.style.gridColumn = String(place < NAMES.length ? place + 1 : place + 2);
  });

  const among = createNumberField({
    label: "Classes c of the guess 1/c",
    ...{ low: 2, high: MOST_CLASSES, step: 1, value: shown.get().among, logarithmic: true },
    onChange(value) {
      const { five, among: before } = shown.get();
      const classes = Math.round(value);
      // Who only guesses guesses among as many as there are.
      const next = areGuesses(five, before) ? guesses(classes) : five;
      shown.change({ among: classes, five: next });
    },
  });
  tools.append(
    ...PRESETS.map(({ text, five }) =>
      button(text, () => shown.change({ five }), { class: "button button-small" }),
    ),
    button("All guess 1/c", () => shown.change({ five: guesses(shown.get().among) }), {
      class: "button button-small",
    }),
    among.node,
  );

  /** @param {string} tone @param {string} name @param {boolean} has_cost */
  function createSummary(tone, name, has_cost) {
    const share_bar = shareBar(tone);
    const share = element("span", { class: "board-number is-share" });
    const product = element("span", { class: "board-number is-product" });
    const cost_bar = costBar(tone);
    const cost = element("span", { class: "board-number is-cost" });
    const column = element(
      "div",
      { class: `bar-column is-summary tone-${tone}` },
      ...[share_bar, element("span", { class: "bar-name", text: name }), share],
      ...(has_cost ? [product, cost_bar, cost] : []),
    );
    return {
      column,
      product,
      /** @param {number} value @param {number} [loss] */
      show(value, loss) {
        setShare(share_bar, value);
        writeBrief(share, value);
        if (loss === undefined) return;
        setCost(cost_bar, loss, scale());
        writeBrief(cost, loss);
      },
    };
  }

  /** @returns {number} nats */
  function scale() {
    const { five, among: classes } = shown.get();
    const deepest = Math.max(Math.log(classes), ...five.map(costOf)) * 1.04;
    return Math.min(MOST_SCALE, Math.max(LEAST_SCALE, deepest));
  }

  /** Whose slopes these are: the server answers a moment after the hand. */
  let answered = "";

  /** @param {number[]} five @param {number} classes */
  function draw(five, classes) {
    bars.show(five);
    among.show(classes);
    board.style.setProperty("--nat", `${100 / scale()}%`);
    nats.forEach((name, index) => {
      name.style.setProperty("--at", `${(100 * (index + 1)) / scale()}%`);
      name.hidden = index + 1 > scale();
    });
    const products = productsSoFar(five);
    rows.forEach((row, index) => {
      const so_far = writtenProduct(products[index], five.slice(0, index + 1), briefWithZeros);
      writeNumber(row.product, products[index], so_far);
      setCost(row.cost_bar, costOf(five[index]), scale());
      writeBrief(row.cost, costOf(five[index]));
      row.slope.toggleAttribute("data-stale", answered !== String(five));
    });
    const loss = lossOf(five);
    conclude(productOf(five), Math.exp(-loss), loss);
    plain.show(plainMeanOf(five));
    guess.show(1 / classes, Math.log(classes));
    guess_line.style.setProperty("--at", `${100 / classes}%`);
  }

  /** @param {number} product @param {number} together their mean @param {number} loss */
  function conclude(product, together, loss) {
    const { five, among: classes } = shown.get();
    const bits = bitsOf(loss);
    fill({ product }, () => writtenProduct(product, five));
    fill({ plain: plainMeanOf(five), mean: together, logarithm: 0 - loss, loss, bits });
    all.show(together, loss);
    writeNumber(all.product, product, writtenProduct(product, five, briefWithZeros));
    mean_line.style.setProperty("--at", `${100 * together}%`);
    loss_line.style.setProperty("--at", `${100 * Math.min(1, loss / scale())}%`);
    const each = Object.fromEntries(SLOTS.map((slot, index) => [slot, five[index]]));
    quality.fill({ product }, () => writtenProduct(product, five));
    quality.fill({ ...each, mean: together }, written);
    mean.fill({ ...each, loss }, written);
    of_mean.fill({ mean: together, loss }, written);
    verdict.textContent = judged(together, classes, five);
  }

  shown.watch(["five", "among"], ({ five, among: classes }) => draw(five, classes));

  return {
    /** @param {import("../../types.js").PicturesLoss} found of the five that are shown */
    show({ product, geometric_mean, loss_nats, pictures }) {
      conclude(product, geometric_mean, orEndless(loss_nats));
      answered = String(shown.get().five);
      pictures.forEach(({ gradient }, index) => {
        writeBrief(rows[index].slope, gradient[0]);
        rows[index].slope.removeAttribute("data-stale");
      });
    },
  };
}
