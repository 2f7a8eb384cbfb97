/** What a unit is, in one plain sentence. */

import { formatShort, formatFixed } from "../../shared/format.js";
import { sizeOf } from "../../shared/field_geometry.js";

/** @typedef {import("../../types.js").Box} Box */

/**
 * How far a value stands out of its map, in standard deviations of the map.
 *
 * @param {Float32Array} values of the map
 * @param {number} value one of them
 * @returns {number | null} null where the map is flat, of one value, or not finite everywhere
 */
export function deviationOf(values, value) {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  const variance = values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length;
  const deviation = (value - mean) / Math.sqrt(variance);
  return variance > 0 && Number.isFinite(deviation) ? deviation : null;
}

/** So many standard deviations are "far", and so many are hardly any. */
const FAR = 3;
const NEAR = 1;

/** @param {number | null} deviation @returns {string} */
function comparison(deviation) {
  if (deviation === null) return "";
  const by = Math.abs(deviation);
  const side = deviation < 0 ? "below" : "above";
  const measured = `(${formatFixed(by, 1)} standard deviations ${side} the mean of its map)`;
  if (by < NEAR) return `, about as much as elsewhere in this picture ${measured}`;
  const far = by >= FAR ? "far " : "";
  return `, ${far}${deviation < 0 ? "less" : "more"} than elsewhere in this picture ${measured}`;
}

/** @param {Box} box @param {import("../../types.js").Size} size */
const isWhole = ({ top, left, bottom, right }, { height, width }) =>
  top <= 0 && left <= 0 && bottom >= height && right >= width;

/**
 * @param {object} seen
 * @param {Box | null} seen.reached what the unit reads of the input
 * @param {import("../../types.js").Size} seen.input_size
 * @param {string} seen.around what stands in it, "" where nothing is known
 * @returns {string}
 */
function lookText({ reached, input_size, around }) {
  if (!reached) return "reads no pixel";
  if (isWhole(reached, input_size)) return "looks at the whole input";
  return `looks at ${sizeOf(reached)} px${around ? ` round ${around}` : ""}`;
}

/**
 * @param {object} unit
 * @param {string} unit.name "Channel 53 of conv1"
 * @param {Parameters<typeof lookText>[0] | null} unit.seen null: not known yet
 * @param {number | null} unit.value null: not here yet
 * @param {number | null} unit.deviation
 */
export function unitSentence({ name, seen, value, deviation }) {
  const look = seen ? lookText(seen) : "…";
  const answer = value === null ? "…" : `${formatShort(value)}${comparison(deviation)}`;
  return `${name} ${look} and answers ${answer}.`;
}
