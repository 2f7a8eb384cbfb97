/** Numbers as the chapter writes them. */

import { readable } from "../../lenses/arithmetic/values.js";
import { formatInteger, signed } from "../../shared/format.js";

const LN10 = Math.log(10);
/** @type {Record<string, string>} */
const RAISED = Object.fromEntries([..."−0123456789"].map((sign, place) => [sign, "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"[place]]));

/** @param {number} value @returns {string} a score: two places behind the point */
export const scoreText = (value) => signed(String(Number(value.toFixed(2))));

/** @param {number} share of 1 @returns {string} three digits that count, no power of ten */
export function shareText(share) {
  if (share === 0) return "0";
  if (share < 1e-4) return "< 0.0001";
  if (share < 1 && share > 0.9999) return "> 0.9999";
  return share.toPrecision(share < 0.9 ? 3 : 4).replace(/^1\.0+$/, "1");
}

/** @param {number} share @returns {string} the same in a sentence */
export const shareWords = (share) =>
  shareText(share).replace("< ", "less than ").replace("> ", "more than ");

/**
 * @param {number} logarithm ln of a number that may be too large, or too small, for a float
 * @param {number} [precision] of a power of ten
 * @returns {{base: string, exponent: string}} the number itself, or digits and a power of ten
 */
export function powerParts(logarithm, precision = 2) {
  const decades = logarithm / LN10;
  if (decades > -3 && decades < 6) return { base: plain(Math.exp(logarithm)), exponent: "" };
  let exponent = Math.floor(decades);
  let digits = (10 ** (decades - exponent)).toPrecision(precision);
  if (Number(digits) >= 10) {
    digits = (1).toPrecision(precision);
    exponent += 1;
  }
  return { base: `${digits}·10`, exponent: signed(String(exponent)) };
}

/** @param {number} logarithm as there @returns {string} in one line, where no `sup` can stand */
export function powerText(logarithm) {
  const { base, exponent } = powerParts(logarithm, 3);
  return base + exponent.replace(/[−\d]/g, (sign) => RAISED[sign]);
}

/** @param {number} value @returns {string} `12,345` or `12.34`; far from 1 a power of ten: `4.85·10⁸` */
export const grouped = (value) => (value > 0 ? powerText(Math.log(value)) : readable(value));

/** @param {number} value @returns {string} */
const plain = (value) => (value >= 1000 ? formatInteger(Math.round(value)) : readable(value));
