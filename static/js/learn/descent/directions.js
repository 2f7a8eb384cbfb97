/** Which way is down: how much L changes by a small step from the start, in all directions. */

import { readable } from "../../lenses/arithmetic/values.js";
import { byId, svg } from "../../shared/element.js";
import { createFormula } from "../parts/formula.js";
import { gradientOf, heightOf } from "./closed_form.js";
import { LOWEST } from "./searchers.js";

/** @typedef {import("./closed_form.js").Field} Field */
/** @typedef {import("./searchers.js").Place} Place */

/** A step this small: L is all but straight over it. */
const STEP = 0.01;
const DIRECTIONS = Array.from({ length: 8 }, (_, eighth) => (eighth * Math.PI) / 4);
const SIZE = { width: 250, height: 220 };
const MIDDLE_PX = 14;
const LONGEST_PX = 52;
const LABEL_PX = 86;

export function createDirections() {
  const rule = [1, 2].map((axis) => createFormula(`descent.first${axis}`));
  const drawing = svg("svg", {
    class: "directions",
    viewBox: `${-SIZE.width / 2} ${-SIZE.height / 2} ${SIZE.width} ${SIZE.height}`,
    role: "img",
  });
  byId("directions").append(drawing);

  return {
    /**
     * @param {Field} field
     * @param {Place} start
     * @param {number} rate
     * @returns {Place} the gradient there
     */
    show(field, start, rate) {
      const distances = start.map((value, axis) => value - LOWEST[axis]);
      const gradient = gradientOf(field, distances);
      gradient.forEach((slope, axis) => {
        const value = byId(`gradient-${axis + 1}`);
        value.textContent = readable(slope);
        value.dataset.value = String(slope);
        const to = start[axis] - rate * slope;
        rule[axis].fill({ w: start[axis], alpha: rate, g: slope, to });
      });

      const height = heightOf(field, distances);
      /** @param {number} angle */
      const changeAlong = (angle) =>
        heightOf(field, [
          distances[0] + STEP * Math.cos(angle),
          distances[1] + STEP * Math.sin(angle),
        ]) - height;
      const changes = DIRECTIONS.map(changeAlong);
      const is_flat = gradient.every((slope) => slope === 0);
      const down = Math.atan2(-gradient[1], -gradient[0]);
      const steepest = changeAlong(down);
      const largest = Math.max(Math.abs(steepest), ...changes.map(Math.abs));
      drawing.replaceChildren(
        ...DIRECTIONS.flatMap((angle, eighth) => spoke(angle, changes[eighth], largest)),
        ...(is_flat ? [] : [against(down)]),
        svg("circle", { class: "directions-start", r: 9 }),
      );
      drawing.setAttribute(
        "aria-label",
        `Change of L by a step of ${STEP} in eight directions, from to the right onwards: ${changes.map(readable).join(", ")}`,
      );
      const said = byId("steepest");
      said.textContent = readable(steepest);
      said.dataset.value = String(steepest);
      return gradient;
    },
  };
}

/** @param {number} angle @param {number} change @param {number} largest */
function spoke(angle, change, largest) {
  const length = largest > 0 ? (Math.abs(change) / largest) * LONGEST_PX : 0;
  const [across, down] = [Math.cos(angle), -Math.sin(angle)];
  const label = svg("text", {
    x: (across * LABEL_PX).toFixed(1),
    y: (down * LABEL_PX + 4).toFixed(1),
    "text-anchor": across > 0.1 ? "start" : across < -0.1 ? "end" : "middle",
    "data-change": change,
    "data-angle": angle,
  });
  if (Math.abs(across) > 0.1) label.setAttribute("dx", across > 0 ? "-14" : "14");
  label.textContent = Number(change.toPrecision(2)).toString().replace("-", "−");
  return [
    svg("path", {
      class: change < 0 ? "directions-down" : "directions-up",
      d: `M${along(MIDDLE_PX)}L${along(MIDDLE_PX + length)}`,
    }),
    label,
  ];

  /** @param {number} far_px */
  function along(far_px) {
    return `${(across * far_px).toFixed(1)} ${(down * far_px).toFixed(1)}`;
  }
}

/** @param {number} angle of the arrow */
function against(angle) {
  const to = MIDDLE_PX + LONGEST_PX;
  return svg("path", {
    class: "directions-steepest",
    d: `M${MIDDLE_PX} 0H${to}M${to - 9} -6L${to} 0L${to - 9} 6`,
    transform: `rotate(${((-angle * 180) / Math.PI).toFixed(2)})`,
  });
}
