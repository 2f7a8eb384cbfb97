/** Two distributions to drag: what happens, what a code expects, and the bits in between. */

import { button, element } from "../../shared/element.js";
import { createBars } from "../parts/bars.js";
import { createFormula } from "../parts/formula.js";
import { AREAS_HEIGHT, drawAreas } from "./areas.js";
import { codeCosts, normalised, sumOf, withShare, wordBits } from "./arithmetic.js";
import { createDrawing } from "./drawing.js";
import { createFigures, orEndless, written, writeNumber } from "./figures.js";

const NAMES = ["cat", "dog", "fox", "hen"];
const SLOTS = ["a", "b", "c", "d"];
const ALIKE = NAMES.map(() => 1 / NAMES.length);
const CERTAIN = NAMES.map((_, event) => (event === 0 ? 1 : 0));

/** @typedef {ReturnType<typeof codeCosts>} Costs */

/** @type {{name: string, text: string, of: (p: number[], q: number[], costs: Costs) => number[],
 *   all: (costs: Costs) => number | null}[]} */
const ROWS = [
  { name: "p", text: "happens: p", of: (p) => p, all: () => 1 },
  { name: "q", text: "expected: q", of: (_, q) => q, all: () => 1 },
  { name: "word", text: "word: −log₂ q", of: (_, q) => q.map(wordBits), all: () => null },
  { name: "spent", text: "p × word", of: (_p, _q, costs) => costs.spent, all: ({ cross }) => cross },
  { name: "best", text: "best word: −log₂ p", of: (p) => p.map(wordBits), all: () => null },
  {
    ...{ name: "needed", text: "p × best word" },
    of: (_p, _q, costs) => costs.best,
    all: ({ entropy }) => entropy,
  },
  {
    ...{ name: "wasted", text: "wasted" },
    of: (_p, _q, costs) => costs.wasted,
    all: ({ divergence }) => divergence,
  },
];

/**
 * @param {object} places
 * @param {HTMLElement} places.happens
 * @param {HTMLElement} places.expects
 * @param {HTMLElement} places.p_sum
 * @param {HTMLElement} places.q_sum
 * @param {HTMLElement} places.areas
 * @param {HTMLElement} places.tools
 * @param {HTMLElement} places.figures
 * @param {HTMLElement} places.terms
 * @param {import("./shown.js").ShownStore} shown
 */
export function createCodes(places, shown) {
  const cross_formula = createFormula("loss.cross");
  const waste_formula = createFormula("loss.waste");
  const fill = createFigures(places.figures, [
    { name: "entropy", label: "H(p), with the best code", unit: "bits" },
    { name: "cross", label: "H(p, q), with this code", unit: "bits" },
    { name: "divergence", label: "wasted, D(p ‖ q)", unit: "bits" },
  ]);
  const cells = createTable(places.terms);
  const p_bars = createShares(places.happens, "p", "How often it is a");
  const q_bars = createShares(places.expects, "q", "How often the code expects a");
  places.tools.append(
    preset("Expect what happens", ({ p }) => ({ q: p })),
    preset("Expect all alike", () => ({ q: ALIKE })),
    preset("It is a cat, for sure", () => ({ p: CERTAIN })),
    preset("Exchange p and q", ({ p, q }) => ({ p: q, q: p })),
  );
  /** What an address says of them need not sum to one. */
  const distributions = () => /** @type {const} */ ([
    normalised(shown.get().p),
    normalised(shown.get().q),
  ]);
  let costs = codeCosts(...distributions());
  const again = createDrawing(places.areas, AREAS_HEIGHT, (drawing, width) => {
    const [p, q] = distributions();
    drawAreas(drawing, width, { names: NAMES, p, q, ...costs });
    drawing.setAttribute(
      "aria-label",
      `Blocks as wide as p and as high as minus log2 q. ${NAMES.map(
        (name, event) => `${name}: ${written(p[event])} wide, ${written(wordBits(q[event]))} high`,
      ).join("; ")}. Area ${written(costs.cross)} bits, of them needed ${written(costs.entropy)}.`,
    );
  });

  /** @param {string} text @param {(now: {p: number[], q: number[]}) => {p?: number[], q?: number[]}} next */
  function preset(text, next) {
    return button(text, () => shown.change(next(shown.get())), { class: "button button-small" });
  }

  /** @param {HTMLElement} parent @param {"p" | "q"} name @param {string} label */
  function createShares(parent, name, label) {
    /** While one share is being moved: what all were before, and what they have come to. */
    let moved = { index: -1, before: /** @type {number[]} */ ([]), now: /** @type {number[]} */ ([]) };
    return createBars(parent, {
      names: NAMES,
      label: (event) => `${label} ${event}`,
      values: normalised(shown.get()[name]),
      onInput(index, value) {
        const is_same = moved.index === index && moved.now === shown.get()[name];
        // A share of 1 leaves the others none: their proportions are those of before.
        const before = is_same ? moved.before : normalised(shown.get()[name]);
        shown.change({ [name]: withShare(before, index, value) });
        moved = { index, before, now: shown.get()[name] };
      },
    });
  }

  /** @param {Costs} found */
  function show(found) {
    const [p, q] = distributions();
    costs = found;
    const { entropy, cross, divergence } = found;
    fill({ entropy, cross, divergence });
    for (const { name, of, all } of ROWS) {
      const values = [...of(p, q, found), all(found)];
      values.forEach((value, column) => {
        const cell = /** @type {HTMLElement[]} */ (cells.get(name))[column];
        if (value !== null) writeNumber(cell, value);
      });
    }
    writeNumber(places.p_sum, sumOf(p));
    writeNumber(places.q_sum, sumOf(q));
    const shares = SLOTS.flatMap((slot, event) => [
      [`p${slot}`, p[event]],
      [`q${slot}`, q[event]],
    ]);
    cross_formula.fill({ ...Object.fromEntries(shares), cross }, written);
    waste_formula.fill({ cross, entropy, wasted: divergence }, written);
    again();
  }

  shown.watch(["p", "q"], () => {
    const [p, q] = distributions();
    p_bars.show(p);
    q_bars.show(q);
    show(codeCosts(p, q));
  });

  return {
    /** @param {import("../../types.js").CodesLoss} found of the two that are shown */
    show({ events, entropy_bits, cross_entropy_bits, divergence_bits }) {
      show({
        best: events.map((event) => event.entropy_bits),
        spent: events.map((event) => orEndless(event.cross_entropy_bits)),
        wasted: events.map((event) => orEndless(event.divergence_bits)),
        entropy: entropy_bits,
        cross: orEndless(cross_entropy_bits),
        divergence: orEndless(divergence_bits),
      });
    },
  };
}

/** @param {HTMLElement} parent @returns {Map<string, HTMLElement[]>} the cells by row */
function createTable(parent) {
  /** @type {Map<string, HTMLElement[]>} */
  const cells = new Map();
  const body = element("tbody");
  for (const { name, text } of ROWS) {
    const row = [...NAMES, "all"].map(() => element("td", { class: "figure" }));
    cells.set(name, row);
    const heading = element("th", { text, attributes: { scope: "row" } });
    body.append(element("tr", { class: `is-${name}` }, heading, ...row));
  }
  const heads = ["", ...NAMES, "all"].map((text) =>
    text === "" ? element("td") : element("th", { text, attributes: { scope: "col" } }),
  );
  parent.append(
    element(
      "table",
      { class: "loss-table" },
      element("caption", { class: "visually-hidden", text: "Bits, event by event" }),
      element("thead", {}, element("tr", {}, ...heads)),
      body,
    ),
  );
  return cells;
}
