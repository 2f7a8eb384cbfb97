/** What comes back to one pixel or weight, or from one output, product by product. */

import { readable } from "../../lenses/arithmetic/values.js";
import { byId, element, setText } from "../../shared/element.js";
import { createFormula } from "../parts/formula.js";
import { placeText } from "./words.js";

/** @param {HTMLElement} parent */
export function createTerms(parent) {
  const list = element("ol", { class: "terms", attributes: { tabindex: 0, "aria-label": "Products" } });
  const words = element("p", { class: "terms-words" });
  parent.append(words, list);
  const formula = createFormula("convolution-gradients.step");

  return {
    /**
     * @param {import("./address.js").Kind} kind
     * @param {import("./lesson.js").Answer | null} told of what is chosen now
     * @param {import("./geometry.js").Use[]} uses
     * @param {number} step how many of them are back
     */
    show(kind, told, uses, step) {
      if (!told) return; // a few milliseconds
      const factor = kind === "weight" ? "x" : "w";
      words.textContent = uses.length === 0 ? "" : `dL/dy × ${factor}, output by output:`;
      if (kind === "output") words.textContent = "dL/dy × w, pixel by pixel:";
      list.replaceChildren(
        ...told.uses.map((use, place) => {
          const share = kind === "weight" ? use.to_weight : use.to_pixel;
          const text = `${inProduct(use.output_gradient)} × ${inProduct(use[factor])} = ${readable(share)}`;
          const met = kind === "output" ? use.pixel : use.output;
          const where = met ? { row: met[1], column: met[2] } : null;
          return element(
            "li",
            {
              class: [
                ...(kind !== "output" && place === step - 1 ? ["is-now"] : []),
                ...(place >= step ? ["is-later"] : []),
              ].join(" "),
              attributes: {
                "data-value": share,
                title: where ? `${kind === "output" ? "pixel" : "output"}, ${placeText(where)}` : "padding",
              },
            },
            element("span", { text }),
          );
        }),
      );
      const now = /** @type {HTMLElement | null} */ (list.querySelector(".is-now"));
      // Within the list alone: the page stays where it is.
      if (now) list.scrollTop = now.offsetTop - list.clientHeight / 2;
      const [last_words, numbers] =
        kind === "output" ? addedToOne(told) : [LAST_WORDS, addedLast(kind, told, step)];
      setText(byId("step-words"), last_words);
      formula.fill(numbers);
    },
  };
}

/** @param {number} value  A negative factor stands in parentheses. */
const inProduct = (value) => (value < 0 ? `(${readable(value)})` : readable(value));

const LAST_WORDS = "The last one, added to those before it:";
const NOTHING = { before: null, gradient: null, factor: null, after: null };

/**
 * @param {import("./address.js").Kind} kind
 * @param {import("./lesson.js").Answer} told
 * @param {number} step
 */
function addedLast(kind, { uses }, step) {
  const use = uses[step - 1];
  if (!use) return NOTHING;
  return {
    before: uses[step - 2]?.so_far ?? 0,
    gradient: use.output_gradient,
    factor: kind === "weight" ? use.x : use.w,
    after: use.so_far,
  };
}

/**
 * To the pixel that an output changes most.
 *
 * @param {import("./lesson.js").Answer} told
 * @returns {[string, Record<string, number | null>]} in words, and in numbers
 */
function addedToOne({ uses, up_to }) {
  const inside = uses.filter(({ pixel }) => pixel !== null);
  const use = inside.reduce(
    (most, each) => (Math.abs(each.to_pixel) > Math.abs(most.to_pixel) ? each : most),
    inside[0],
  );
  if (!use?.pixel || !up_to) return ["It read nothing but padding.", NOTHING];
  const [, row, column] = use.pixel;
  const after = up_to.input_gradient[0][row][column];
  return [
    `What the pixel at ${placeText({ row, column })} had, and what it gets:`,
    { before: after - use.to_pixel, gradient: use.output_gradient, factor: use.w, after },
  ];
}
