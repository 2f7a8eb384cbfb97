/** The function of an activation layer, the unit's point on it, and the slope there. */

import { gridLine, plotLabel } from "../../shared/axes.js";
import { element, svg } from "../../shared/element.js";
import { exactText, readable } from "./values.js";

const WIDTH = 260;
const HEIGHT = 170;
const MARGIN = 18;

/** @param {HTMLElement} parent */
export function createNumberCurve(parent) {
  const drawing = svg("svg", {
    class: "curve",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
  });
  const words = element("p", { class: "curve-words" });
  parent.append(drawing, words);

  return {
    /** @param {import("../../types.js").Explanation} answer */
    show({ curve: found, derivatives, operands, explained, operation }) {
      const [derivative] = derivatives;
      const curve = found.flatMap(({ x, y }) => (x === null || y === null ? [] : { x, y }));
      parent.hidden = curve.length < 2 || !derivative || explained === null;
      if (parent.hidden) return;
      const x = operands[0].value ?? 0;
      const y = /** @type {number} */ (explained);
      const slope = derivative.value ?? 0;
      const at = scales(curve);
      const points = curve.map((point) => `${at.x(point.x)} ${at.y(point.y)}`);
      const reach = (curve[curve.length - 1].x - curve[0].x) / 5;
      drawing.setAttribute(
        "aria-label",
        `${operation}: from ${readable(x)} to ${readable(y)}, slope ${readable(slope)}`,
      );
      drawing.replaceChildren(
        gridLine(MARGIN, WIDTH - MARGIN, at.y(0), "curve-axis"),
        svg("path", { class: "curve-axis", d: `M${at.x(0)} ${MARGIN}V${HEIGHT - MARGIN}` }),
        label(round(at.end_x), WIDTH - MARGIN, at.y(0) - 4, "end"),
        label(round(-at.end_x), MARGIN, at.y(0) - 4, "start"),
        label(round(at.end_y), at.x(0) + 4, MARGIN - 5, "start"),
        svg("path", { class: "curve-line", d: `M${points.join("L")}` }),
        svg("path", {
          class: "curve-guide",
          d: `M${at.x(x)} ${at.y(0)}V${at.y(y)}H${at.x(0)}`,
        }),
        svg("path", {
          class: "curve-tangent",
          d: `M${at.x(x - reach)} ${at.y(y - reach * slope)}L${at.x(x + reach)} ${at.y(y + reach * slope)}`,
        }),
        svg("circle", { class: "curve-point", cx: at.x(x), cy: at.y(y), r: 4.5 }),
      );
      words.replaceChildren(
        "Slope here: ",
        element("strong", {
          class: "figure",
          text: readable(slope),
          attributes: { title: exactText(slope), "data-value": slope },
        }),
        slope === 0
          ? ". A small change of the input changes nothing, and no gradient comes back through."
          : ". A small change of the input comes out times this; so does a gradient on its way back.",
      );
    },
  };
}

/** @param {number} value @param {number} x @param {number} y @param {"start" | "end"} anchor */
const label = (value, x, y, anchor) => plotLabel(readable(value), x, y, anchor, "curve-label");

/** @param {number} value */
const round = (value) => Number(value.toPrecision(2));

/** @param {{x: number, y: number}[]} curve */
function scales(curve) {
  const end_x = curve[curve.length - 1].x;
  const heights = curve.map(({ y }) => y);
  const high = Math.max(...heights, 0);
  const low = Math.min(...heights, 0);
  const room = (high - low) * 0.08 || 1;
  const across = (WIDTH - 2 * MARGIN) / (2 * end_x);
  const down = (HEIGHT - 2 * MARGIN) / (high - low + 2 * room);
  return {
    end_x,
    end_y: high,
    /** @param {number} x */
    x: (x) => Math.round(10 * (MARGIN + (x + end_x) * across)) / 10,
    /** @param {number} y */
    y: (y) => Math.round(10 * (HEIGHT - MARGIN - (y - low + room) * down)) / 10,
  };
}
