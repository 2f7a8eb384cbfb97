/** Numbers as the chapter writes them. */

import { readable } from "../../lenses/arithmetic/values.js";
import { formatInteger, signed } from "../../shared/format.js";

const LN10 = Math.log(10);

/** @param {number} value @returns {string} a score: two places behind the point */
export const scoreText = (value) => signed(String(Number(value.toFixed(2))));

/** @param {number} share of 1 @returns {string} three digits that count, no power of ten */
export function shareText(share) {
  if (share === 0) return "0";
  if (share < 1e-4) return "< 0.0001";
  if (share < 1 && share > 0.9999) return "> 0.9999";
  return share.toPrecision(share < 0.9 ? 3 : 4).replace(/^1\.0+$/, "1");
}

/**
 * @param {number} logarithm ln of a number that may be too large, or too small, for a float
 * @returns {{base: string, exponent: string}} the number itself, or digits and a power of ten
 */
export function powerParts(logarithm) {
  const decades = logarithm / LN10;
  if (decades > -3 && decades < 6) return { base: grouped(Math.exp(logarithm)), exponent: "" };
  let exponent = Math.floor(decades);
  let digits = (10 ** (decades - exponent)).toPrecision(2);
  if (Number(digits) >= 10) {
    digits = "1.0";
    exponent += 1;
  }
  return { base: `${digits}·10`, exponent: signed(String(exponent)) };
}

/** @param {number} value @returns {string} `12,345` or `12.34`; beyond a million a power of ten */
export const grouped = (value) => 
  value >= 1000 && value < 1e6 ? formatInteger(Math.round(value)) : readable(value);
