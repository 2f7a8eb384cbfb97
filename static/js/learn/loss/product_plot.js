/** The product of more and more confidences, by powers of ten, and where a machine loses it. */

import { gridLine, plotLabel } from "../../shared/axes.js";
import { svg } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { powerOfTen } from "./figures.js";
import { MOST_PICTURES } from "./shown.js";

export const PLOT_HEIGHT = 320;
const LEFT = 64;
const RIGHT = 12;
const TOP = 24;
/** What is 0 lies in a lane of its own. */
const LANE = 22;
const BOTTOM = PLOT_HEIGHT - 44;
const ZERO = BOTTOM - LANE / 2;
const DEEPEST = -340;
const DECADES = [0, -100, -200, -300];
const COUNTS = [500, 1000, MOST_PICTURES];

/** @typedef {Record<"single" | "double", number | null>} Cliffs */

/**
 * The smallest numbers above 0 of both formats (IEEE 754): 2^-149 and 2^-1074, as powers of ten. The
 * wider line is drawn first.
 */
const FORMATS = /** @type {const} */ ([
  { name: "float64", tone: "double", floor: -1074 * Math.log10(2), text: "4.9 × 10⁻³²⁴" },
  { name: "float32", tone: "single", floor: -149 * Math.log10(2), text: "1.4 × 10⁻⁴⁵" },
]);

/** @param {number} decades */
const y = (decades) => TOP + (decades / DEEPEST) * (BOTTOM - LANE - TOP);

/**
 * @param {SVGSVGElement} drawing
 * @param {number} width
 * @param {{slope: number, cliffs: Cliffs, pictures: number}} shown slope: powers of ten a picture;
 *   cliffs: from how many pictures the product is 0, where that is known
 */
export function drawProduct(drawing, width, { slope, cliffs, pictures }) {
  const right = width - RIGHT;
  /** @param {number} count */
  const x = (count) => LEFT + (count / MOST_PICTURES) * (right - LEFT);

  drawing.append(
    svg("rect", {
      class: "zero-lane",
      ...{ x: LEFT, y: BOTTOM - LANE, width: right - LEFT, height: LANE },
    }),
    plotLabel("exactly 0", LEFT - 6, ZERO + 4, "end", "plot-label is-lane"),
    ...DECADES.flatMap((decades) => [
      gridLine(LEFT, right, y(decades)),
      plotLabel(decades === 0 ? "1" : powerOfTen(decades), LEFT - 6, y(decades) + 4, "end"),
    ]),
    ...COUNTS.map((count) =>
      plotLabel(formatInteger(count), x(count), BOTTOM + 16, count === MOST_PICTURES ? "end" : "middle"),
    ),
    plotLabel("pictures", (LEFT + right) / 2, BOTTOM + 34, "middle"),
    ...FORMATS.map(({ tone, floor }) => gridLine(LEFT, right, y(floor), `floor tone-${tone}`)),
  );
  // Straight on this scale, unless one confidence is 0: then so is every product from there on.
  const seen = Math.min(MOST_PICTURES, slope < 0 ? DEEPEST / slope : MOST_PICTURES);
  if (Number.isFinite(slope)) {
    const d = `M${x(0)} ${y(0)}L${x(seen)} ${y(slope * seen)}`;
    drawing.append(svg("path", { class: "exact-line", d }));
  }
  for (const { tone, floor } of FORMATS) {
    const cliff = cliffs[tone] ?? (slope < 0 ? Math.ceil(floor / slope) : MOST_PICTURES);
    const is_lost = cliff < MOST_PICTURES;
    const end = is_lost ? cliff : MOST_PICTURES;
    const edge = Number.isFinite(slope) ? y(slope * end) : y(0);
    const fall = is_lost ? `V${ZERO}H${right}` : "";
    const d = `M${x(0)} ${y(0)}L${x(end)} ${edge}${fall}`;
    drawing.append(svg("path", { class: `held-line tone-${tone}`, d }));
    if (is_lost) {
      drawing.append(svg("circle", { class: `cliff tone-${tone}`, cx: x(end), cy: ZERO, r: 4 }));
    }
  }
  const at = x(pictures);
  drawing.append(
    svg("path", { class: "count-line", d: `M${at} ${TOP - 8}V${BOTTOM}` }),
    plotLabel(`N = ${formatInteger(pictures)}`, at, TOP - 10, at > LEFT + 60 ? "end" : "start"),
    // Last: a line may run beneath these words, and not through them.
    ...FORMATS.map(({ tone, floor, text, name }) => {
      const words = `smallest ${name}: ${text}`;
      return plotLabel(words, right - 4, y(floor) - 5, "end", `plot-label tone-${tone}`);
    }),
  );
  drawing.setAttribute(
    "aria-label",
    `Product of ${pictures} confidences: ${said(slope * pictures)}; in float32 \
${saidCliff(cliffs.single)}, in float64 ${saidCliff(cliffs.double)}`,
  );
}

/** @param {number} decades */
const said = (decades) =>
  Number.isFinite(decades) ? `in truth ten to the power ${Math.round(decades)}` : "0";

/** @param {number | null} cliff */
const saidCliff = (cliff) => (cliff === null ? "not lost" : `0 from picture ${cliff}`);
