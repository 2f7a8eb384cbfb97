/** The product of many confidences, as it is and as a machine holds it. */

import { gridLine, plotLabel } from "../../shared/axes.js";
import { svg } from "../../shared/element.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createFormula } from "../parts/formula.js";
import { createNumberField } from "../parts/number_field.js";
import { lossOf } from "./arithmetic.js";
import { createDrawing } from "./drawing.js";
import { createFigures, powerOfTen, written, writeNumber } from "./figures.js";
import { MOST_PICTURES } from "./shown.js";

const HEIGHT = 320;
const LEFT = 64;
const RIGHT = 12;
const TOP = 24;
const BOTTOM = 44;
/** In powers of ten; what is 0 lies beneath, in a lane of its own. */
const DEEPEST = -340;
const LANE = 22;
const DECADES = [0, -100, -200, -300];

/**
 * The smallest numbers above 0 of both formats (IEEE 754): 2^-149 and 2^-1074, as powers of ten. The
 * wider line is drawn first.
 */
const FORMATS = /** @type {const} */ ([
  { name: "float64", tone: "double", floor: -1074 * Math.log10(2), text: "4.9 × 10⁻³²⁴" },
  { name: "float32", tone: "single", floor: -149 * Math.log10(2), text: "1.4 × 10⁻⁴⁵" },
]);

/** @typedef {Record<"single" | "double", number | null>} Cliffs */
/** @typedef {{confidences: number[], found: import("../../types.js").LongProduct}} Answer */

/** @type {Cliffs} */
const UNKNOWN = { single: null, double: null };

/**
 * @param {object} places
 * @param {HTMLElement} places.plot
 * @param {HTMLElement} places.tools
 * @param {HTMLElement} places.figures
 * @param {HTMLElement} places.words
 * @param {import("./shown.js").ShownStore} shown
 */
export function createLongProduct({ plot, tools, figures, words }, shown) {
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
  const again = createDrawing(plot, HEIGHT, draw);

  const confidences = () => {
    const { of: chosen, five, among } = shown.get();
    return chosen === "five" ? five : [1 / among];
  };

  /** @param {SVGSVGElement} drawing @param {number} width */
  function draw(drawing, width) {
    const bottom = HEIGHT - BOTTOM;
    const right = width - RIGHT;
    /** @param {number} count */
    const x = (count) => LEFT + (count / MOST_PICTURES) * (right - LEFT);
    /** @param {number} decades */
    const y = (decades) => TOP + (decades / DEEPEST) * (bottom - LANE - TOP);
    const lane = bottom - LANE / 2;

    drawing.append(
      svg("rect", { class: "zero-lane", x: LEFT, y: bottom - LANE, width: right - LEFT, height: LANE }),
      plotLabel("exactly 0", LEFT - 6, lane + 4, "end", "plot-label is-lane"),
      ...DECADES.flatMap((decades) => [
        gridLine(LEFT, right, y(decades)),
        plotLabel(decades === 0 ? "1" : powerOfTen(decades), LEFT - 6, y(decades) + 4, "end"),
      ]),
      plotLabel("1", LEFT, bottom + 16, "start"),
      plotLabel("pictures", (LEFT + right) / 2, bottom + 34, "middle"),
      ...[500, 1000, 1500].map((count) =>
        plotLabel(String(count), x(count), bottom + 16, count === 1500 ? "end" : "middle"),
      ),
    );
    for (const { tone, floor, text, name } of FORMATS) {
      drawing.append(
        gridLine(LEFT, right, y(floor), `floor tone-${tone}`),
        plotLabel(`smallest ${name}: ${text}`, right - 4, y(floor) - 5, "end", `plot-label tone-${tone}`),
      );
    }
    // Straight on a scale of powers of ten: so many of them a picture.
    const slope = -lossOf(confidences()) / Math.LN10;
    if (!Number.isFinite(slope)) return drawAllZero(drawing, x, y, lane);
    const last = Math.min(MOST_PICTURES, slope < 0 ? DEEPEST / slope : MOST_PICTURES);
    drawing.append(
      svg("path", { class: "exact-line", d: `M${x(0)} ${y(0)}L${x(last)} ${y(slope * last)}` }),
    );
    for (const { tone, floor } of FORMATS) {
      const cliff = cliffs[tone] ?? Math.ceil(floor / slope);
      const is_lost = slope < 0 && cliff < MOST_PICTURES;
      const end = is_lost ? cliff : MOST_PICTURES;
      const d = `M${x(0)} ${y(0)}L${x(end)} ${y(slope * end)}`;
      const fall = is_lost ? `V${lane}H${right}` : "";
      drawing.append(svg("path", { class: `held-line tone-${tone}`, d: d + fall }));
      if (is_lost) {
        drawing.append(svg("circle", { class: `cliff tone-${tone}`, cx: x(end), cy: lane, r: 4 }));
      }
    }
    drawMarker(drawing, x, bottom);
    const decades = Math.round(slope * shown.get().pictures);
    drawing.setAttribute(
      "aria-label",
      `Product of ${shown.get().pictures} confidences: in truth ten to the power ${decades}; \
in float32 ${saidCliff(cliffs.single)}, in float64 ${saidCliff(cliffs.double)}`,
    );
  }

  /**
   * @param {SVGSVGElement} drawing
   * @param {(count: number) => number} x
   * @param {number} bottom
   */
  function drawMarker(drawing, x, bottom) {
    const at = x(shown.get().pictures);
    drawing.append(
      svg("path", { class: "count-line", d: `M${at} ${TOP - 8}V${bottom}` }),
      plotLabel(`N = ${shown.get().pictures}`, at, TOP - 10, at > 120 ? "end" : "start"),
    );
  }

  /**
   * One confidence is 0, so from there on every product is.
   *
   * @param {SVGSVGElement} drawing
   * @param {(count: number) => number} x
   * @param {(decades: number) => number} y
   * @param {number} lane
   */
  function drawAllZero(drawing, x, y, lane) {
    const d = `M${x(0)} ${y(0)}V${lane}H${x(MOST_PICTURES)}`;
    drawing.append(svg("path", { class: "held-line tone-single", d }));
    drawing.setAttribute("aria-label", "The product is 0 as soon as one confidence is.");
  }

  /** @param {import("../../types.js").LongProduct} found */
  function show(found) {
    const total = found.logarithm ?? -Infinity;
    const loss = 0 - total / found.pictures;
    fill({ float32: found.float32, float64: found.float64, sum: total, "long-loss": loss });
    sum.fill({ n: found.pictures, sum: total, loss }, written);
    cliffs = { single: found.float32_is_zero_from, double: found.float64_is_zero_from };
    words.replaceChildren(
      "Exactly 0 in float32 ",
      cliffWords("single", cliffs.single),
      "; in float64 ",
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

/** @param {number | null} cliff */
const saidCliff = (cliff) => (cliff === null ? "not lost in sight" : `0 from picture ${cliff}`);

/** @param {string} tone @param {number | null} cliff */
function cliffWords(tone, cliff) {
  const node = document.createElement("strong");
  node.dataset.cliff = tone;
  if (cliff === null) node.textContent = "not within 5,000 pictures";
  else writeNumber(node, cliff, `from picture ${cliff}`);
  return node;
}
