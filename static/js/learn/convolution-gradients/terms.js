/** What comes back to one pixel or weight, or from one output, product by product. */

import { readable } from "../../lenses/arithmetic/values.js";
import { element } from "../../shared/element.js";
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
      formula.fill(kind === "output" ? addedToMiddle(told) : addedLast(kind, told, step));
    },
  };
}

/** @param {number} value  A negative factor stands in parentheses. */
const inProduct = (value) => (value < 0 ? `(${readable(value)})` : readable(value));

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

/** @param {import("./lesson.js").Answer} told */
function addedToMiddle({ uses, up_to }) {
  const inside = uses.filter(({ pixel }) => pixel !== null);
  const use = inside[Math.floor(inside.length / 2)];
  if (!use?.pixel || !up_to) return NOTHING;
  const after = up_to.input_gradient[0][use.pixel[1]][use.pixel[2]];
  return {
    before: after - use.to_pixel,
    gradient: use.output_gradient,
    factor: use.w,
    after,
  };
}
