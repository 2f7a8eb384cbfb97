/** Pixels in the colour of their channel. */

import { inkOn } from "../../lenses/arithmetic/values.js";

/** The brightest of each. @type {Record<string, [number, number, number]>} */
const FULL = {
  red: [240, 90, 80],
  green: [80, 200, 110],
  blue: [100, 150, 255],
  grey: [255, 255, 255],
};

/**
 * @param {string} channel
 * @param {number} share of full, 0 to 1
 */
export const levels = (channel, share) =>
  FULL[channel].map((level) => Math.round(level * Math.min(1, Math.max(0, share))));

/** @param {string} channel @param {number} share */
export function tint(channel, share) {
  const colour = levels(channel, share);
  return { background: `rgb(${colour.join(" ")})`, ink: inkOn(colour) };
}

/** @param {"bytes" | "network"} numbers @returns {(value: number) => number} 0 black, 1 full */
export const shareOf = (numbers) => (numbers === "bytes" ? (value) => value / 255 : (value) => (value + 1) / 2);
