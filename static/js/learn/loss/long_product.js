/** The product of many confidences, as it is and as a machine holds it. */

import { element } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createFormula } from "../parts/formula.js";
import { createNumberField } from "../../shared/number_field.js";
import { lossOf } from "./arithmetic.js";
import { createDrawing } from "./drawing.js";
import { createFigures, written, writeNumber } from "./figures.js";
import { PLOT_HEIGHT, drawProduct } from "./product_plot.js";
import { MOST_PICTURES } from "./shown.js";

/** @typedef {{confidences: number[], found: import("../../types.js").LongProduct}} Answer */

/** @type {import("./product_plot.js").Cliffs} */
const UNKNOWN = { single: null, double: null };

/**
 * @param {object} places
 * @param {HTMLElement} places.plot
 * @param {HTMLElement} places.tools
 * @param {HTMLElement} places.figures
 * @param {HTMLElement} places.words
 * @param {HTMLElement} places.sum with its formula
 * @param {import("./shown.js").ShownStore} shown
 */
export function createLongProduct({ plot, tools, figures, words, sum: sum_place }, shown) {
  const sum = createFormula("loss.sum");
  const fill = createFigures(figures, [
    { name: "float32", label: "product in float32" },
    { name: "float64", label: "product in float64" },
    { name: "sum", label: "sum of ln p" },
    { name: "long-loss", label: "loss, −sum/N", unit: "nats" },
  ]);
  /** Where the product is 0 from, format by format, as the server found; null: it has not yet. */
  let cliffs = UNKNOWN;
  const of = createChosenOne({
    label: "Each answer is",
    choices: [
      { value: "five", text: "one of your five" },
      { value: "guess", text: "the guess 1/c" },
    ],
    value: shown.get().of,
    onChange: (value) => shown.change({ of: value }),
  });
  const pictures = createNumberField({
    label: "Pictures N",
    ...{ low: 1, high: MOST_PICTURES, step: 1, value: shown.get().pictures },
    onChange: (value) => shown.change({ pictures: value }),
  });
  tools.append(of.node, pictures.node);
  const confidences = () => {
    const { of: chosen, five, among } = shown.get();
    return chosen === "five" ? five : [1 / among];
  };

  const again = createDrawing(plot, PLOT_HEIGHT, (drawing, width) => {
    const slope = -lossOf(confidences()) / Math.LN10;
    drawProduct(drawing, width, { slope, cliffs, pictures: shown.get().pictures });
  });

  /** @param {import("../../types.js").LongProduct} found */
  function show(found) {
    const total = found.logarithm ?? -Infinity;
    const loss = 0 - total / found.pictures;
    fill({ float32: found.float32, float64: found.float64, sum: total, "long-loss": loss });
    sum.fill({ n: found.pictures, sum: total, loss }, written);
    cliffs = { single: found.float32_is_zero_from, double: found.float64_is_zero_from };
    words.replaceChildren(
      "In float32 it is ",
      cliffWords("single", cliffs.single),
      ", in float64 ",
      cliffWords("double", cliffs.double),
      ".",
    );
    again();
  }

  /** @type {Map<string, Answer>} */
  const answers = new Map();

  function update() {
    const { of: chosen, pictures: count } = shown.get();
    of.show(chosen);
    pictures.show(count);
    const answer = answers.get(chosen);
    const is_current =
      answer?.found.pictures === count && String(answer.confidences) === String(confidences());
    for (const place of [figures, words, sum_place]) {
      place.toggleAttribute("data-stale", !is_current);
    }
    if (answer && is_current) return show(answer.found);
    cliffs = UNKNOWN;
    again();
  }
  shown.watch(["of", "five", "among", "pictures"], update);

  return {
    /** @param {"five" | "guess"} name whose confidences it is about @param {Answer} answer */
    take(name, answer) {
      answers.set(name, answer);
      update();
    },
  };
}

/** @param {string} tone @param {number | null} cliff */
function cliffWords(tone, cliff) {
  const node = element("strong", { attributes: { "data-cliff": tone } });
  if (cliff === null) node.textContent = "not 0 within 5,000 pictures";
  else writeNumber(node, cliff, `0 from picture ${formatInteger(cliff)} on`);
  return node;
}
