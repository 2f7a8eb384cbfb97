/** Two scores, and what their gap makes of their shares. */

import { readable } from "../../lenses/arithmetic/values.js";
import { button, element } from "../../shared/element.js";
import { createFormula } from "../parts/formula.js";
import { createGroupedChoice } from "../parts/true_class.js";
import { sigmoid } from "./arithmetic.js";
import { compared } from "./presented.js";
import { grouped, powerText } from "./written.js";

const GAPS = [0, 1, 2, 5, 10];
/** Of a float, with all its digits. */
const SMALLEST = 1e-300;

/**
 * @param {{choices: HTMLElement, words: HTMLElement, table: HTMLElement, sides: HTMLElement}} places
 * @param {object} parts
 * @param {import("./shown.js").ShownStore} parts.shown
 * @param {(place: number, score: number) => void} parts.setScore with all that was added
 */
export function createGap(places, { shown, setScore }) {
  const quotient = createFormula("scores.gap");
  const two = createFormula("scores.two");
  /** @type {import("./presented.js").Presented | null} */
  let view = null;
  const one = createGroupedChoice("How much more probable is", (index) => choose("one", index));
  const other = createGroupedChoice("than", (index) => choose("other", index));
  places.choices.append(
    one.node,
    other.node,
    button("Make the gap 1", makeOne, { class: "button button-small" }),
  );
  const cells = GAPS.map(() => element("td", { class: "figure" }));
  places.table.append(
    row("a gap of", GAPS.map((gap) => element("th", { text: String(gap), attributes: { scope: "col" } }))),
    row("times as probable", cells),
  );

  /** @param {"one" | "other"} name @param {string} index */
  function choose(name, index) {
    if (!view) return;
    const [first, second] = compared(view, shown.get()).map((place) => view?.rows[place].index ?? -1);
    const now = { one: first, other: second };
    // Who chooses the same for both exchanges them.
    const rest = name === "one" ? "other" : "one";
    const moved = now[rest] === Number(index) ? now[name] : now[rest];
    shown.change({ [name]: Number(index), [rest]: moved });
  }

  function makeOne() {
    if (!view) return;
    const [first, second] = compared(view, shown.get());
    setScore(first, view.rows[second].score + 1);
  }

  return {
    /** @param {import("./presented.js").Presented} next */
    show(next) {
      const is_new = view?.rows.map(({ index }) => index).join() !== next.rows.map(({ index }) => index).join();
      view = next;
      const { rows, temperature } = next;
      if (is_new) {
        const options = rows.map(
          ({ index, label }) => /** @type {[string, string]} */ ([String(index), label]),
        );
        for (const select of [one, other]) select.offer({ "With a bar": options });
      }
      const [first, second] = compared(next, shown.get()).map((place) => rows[place]);
      one.select(String(first.index));
      other.select(String(second.index));
      // Without what only rounding left.
      const gap = Number((first.score - second.score).toPrecision(10));
      const divided = gap / temperature;
      const is_held = Math.min(first.share, second.share) > SMALLEST;
      const shares = { one: first.share, other: second.share };
      places.sides.hidden = !is_held;
      if (is_held) {
        quotient.fill({ ...shares, gap: divided, ratio: Math.exp(divided) }, grouped);
        two.fill({ ...shares, gap: divided, share: sigmoid(divided) }, grouped);
      }
      const words = wordsOf(first.label, second.label, gap, temperature);
      places.words.textContent = is_held
        ? words
        : `${words} No float holds the smaller share; the quotient needs the gap alone.`;
      places.words.dataset.gap = String(gap);
      GAPS.forEach((each, place) => {
        cells[place].textContent = powerText(each / temperature);
        cells[place].dataset.value = String(Math.exp(each / temperature));
      });
    },
  };
}

/** @param {string} one @param {string} other @param {number} gap @param {number} temperature */
function wordsOf(one, other, gap, temperature) {
  const by = readable(Math.abs(gap));
  const stands = gap === 0 ? "as high as" : `${by} ${gap > 0 ? "above" : "below"}`;
  const power = temperature === 1 ? "" : `; divided by T that is ${readable(gap / temperature)}`;
  return `“${one}” stands ${stands} “${other}”${power}. So it is \
${gap / temperature === 1 ? "e, or " : ""}${powerText(gap / temperature)} times as probable. Drag any other \
class: both shares change, and this does not.`;
}

/** @param {string} name @param {Node[]} cells */
const row = (name, cells) =>
  element("tr", {}, element("th", { text: name, attributes: { scope: "row" } }), ...cells);
