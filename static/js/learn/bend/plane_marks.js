/** What stands over the planes: points, arrows and their names, also of what lies outside. */

import { readable } from "../../lenses/arithmetic/values.js";
import { plotLabel } from "../../shared/axes.js";
import { svg } from "../../shared/element.js";

/** A plane shows from minus this to this, both ways. */
export const PLANE_REACH = 5;
/** From here on there is no room for a name beyond a point. */
const FAR = 0.86;
const RADIUS_PX = { dot: 5, ring: 10 };
const TIP_PX = { dot: 13, ring: 24 };
const NAME_PX = { away: 19, inwards: 30, high: 17, line: 5, edge: 4, letter: 7.2 };

/** @typedef {import("../parts/plot.js").Scales} Scales */
/** @typedef {readonly number[]} Point */

/** @param {Point} at */
const overshoot = (at) => Math.max(...at.map(Math.abs)) / PLANE_REACH;

/** @param {Point} at  Less than what is rounded away is not outside. */
const isOutside = (at) => overshoot(at) > 1 + 1e-9;

/** @param {Scales} scales @param {Point} at @returns {{x: number, y: number, across: number, down: number}} px, and the direction from 0 */
function placeOf(scales, [x, y]) {
  const ratio = Math.max(1, overshoot([x, y]));
  const length = Math.hypot(x, y);
  return {
    x: scales.x.to(x / ratio),
    y: scales.y.to(y / ratio),
    across: length > 0 ? x / length : Math.SQRT1_2,
    down: length > 0 ? -y / length : -Math.SQRT1_2,
  };
}

/**
 * A point; outside the plane it is an arrow at the edge, on the way from 0 to it.
 *
 * @param {Scales} scales
 * @param {Point} at
 * @param {"dot" | "ring"} [shape]
 */
export function pointAt(scales, at, shape = "dot") {
  const { x, y, across, down } = placeOf(scales, at);
  const name = `bend-${shape} tone-second`;
  if (!isOutside(at)) return svg("circle", { class: name, cx: x, cy: y, r: RADIUS_PX[shape] });
  const long = TIP_PX[shape];
  const foot = [x - long * across, y - long * down];
  const wide = 0.55 * long;
  const sides = [1, -1].map((side) => `${foot[0] - side * wide * down} ${foot[1] + side * wide * across}`);
  return svg("path", { class: `${name} is-outside`, d: `M${sides[0]}L${x} ${y}L${sides[1]}Z` });
}

/**
 * The names of points, each beside its own: farther from 0 than it is if there is room, and not
 * over a name before it. That of a point outside says also where it is.
 *
 * @param {Scales} scales
 * @param {[name: string, at: Point][]} named
 */
export function namesAt(scales, named) {
  /** @type {{x: number, y: number, wide: number}[]} */
  const taken = [];
  const left = scales.x.to(-PLANE_REACH) + NAME_PX.edge;
  const right = scales.x.to(PLANE_REACH) - NAME_PX.edge;
  const top = scales.y.to(PLANE_REACH) + NAME_PX.high;
  const bottom = scales.y.to(-PLANE_REACH) - NAME_PX.edge;
  return named.map(([name, at]) => {
    const { x, y, across, down } = placeOf(scales, at);
    const text = isOutside(at) ? `${name} (${at.map(readable).join(", ")})` : name;
    const wide = text.length * NAME_PX.letter;
    const is_far = overshoot(at) > FAR;
    const away = is_far ? -NAME_PX.inwards : NAME_PX.away;
    // Beside a point at the left or right edge the whole name has to have room.
    const aside = is_far ? (-wide / 2) * Math.abs(across) : 0;
    const place = {
      x: within(x + (away + aside) * across, left + wide / 2, right - wide / 2),
      y: within(y + away * down + NAME_PX.line, top, bottom),
      wide,
    };
    const step = place.y > (top + bottom) / 2 ? -NAME_PX.high : NAME_PX.high;
    const isTaken = (/** @type {typeof place} */ other) =>
      Math.abs(other.y - place.y) < NAME_PX.high &&
      Math.abs(other.x - place.x) < (other.wide + wide) / 2;
    // Each of those before can be in the way once.
    for (let tries = 0; tries < taken.length && taken.some(isTaken); tries += 1) place.y += step;
    taken.push(place);
    const label = plotLabel(text, place.x, place.y, "middle", "bend-label");
    label.dataset.name = name;
    return label;
  });
}

/** @param {number} value @param {number} low @param {number} high */
const within = (value, low, high) => Math.min(high, Math.max(low, value));

/** @param {Scales} scales @param {Point} to @param {string} tone */
export const arrowTo = (scales, to, tone) =>
  svg("path", {
    class: `learn-curve tone-${tone}`,
    d: `M${scales.x.to(0)} ${scales.y.to(0)}L${scales.x.to(to[0])} ${scales.y.to(to[1])}`,
  });
