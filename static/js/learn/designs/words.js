/** The steps of a design in words. */

import { formatInteger } from "../../shared/format.js";

/** @typedef {import("../../types.js").DesignStep} Step */
/** @typedef {import("../../types.js").DesignRow["changed"][number]} Property */

/**
 * @typedef {object} Word  A piece of what a step is.
 * @property {string} text
 * @property {Property[]} says what it tells of the step: marked where that differs
 */

/** @param {Step} step */
export const isDense = ({ kind }) => kind === "dense";

/** @param {Step} step @returns {string} `3 × 3` */
const windowText = ({ windows }) => `${windows[0]} × ${windows[0]}`;

/** @param {Step} step @returns {Word[]} */
function kindWords(step) {
  const { kind, windows, count } = step;
  switch (kind) {
    case "inception":
      return [{ text: count > 1 ? "Inception modules" : "Inception module", says: ["kind", "windows"] }];
    case "residual":
      return [
        { text: `residual block${count > 1 ? "s" : ""}`, says: ["kind"] },
        { text: `of ${windows.map((each) => `${each} × ${each}`).join(", ")}`, says: ["windows"] },
      ];
    case "dense":
      return [{ text: "dense", says: ["kind"] }];
    case "normalisation":
      return [{ text: "response normalisation", says: ["kind"] }];
    default:
      return [
        { text: windowText(step), says: ["windows"] },
        { text: count > 1 ? `${kind}s` : kind, says: ["kind"] },
      ];
  }
}

const NUMBERS = ["", "", "two", "three", "four", "five", "six"];

/** @param {Step} step  What stands in its first line. @returns {Word[]} */
export function headWords(step) {
  const count = step.count > 1 ? [{ text: NUMBERS[step.count] ?? String(step.count), says: /** @type {Property[]} */ (["count"]) }] : [];
  return [...count, ...kindWords(step)];
}

/** @param {Step} step  What stands beneath. @returns {Word[]} */
export function smallWords(step) {
  const { maps, size, stride, groups, activation, batch_norm, kind, inputs } = step;
  const ends = [...new Set([maps[0], maps[maps.length - 1]])].map(formatInteger).join(" to ");
  const strides = kind === "convolution" || kind === "residual" || kind.endsWith("pooling");
  /** @type {Word[]} */
  const shape = kind === "dense"
    ? [
        { text: `reads ${formatInteger(inputs)}`, says: ["inputs"] },
        { text: `makes ${ends}`, says: ["maps"] },
      ]
    : [
        { text: `${ends} maps`, says: ["maps"] },
        { text: `of ${size} × ${size}`, says: ["size"] },
      ];
  return [
    ...shape,
    ...(strides ? [{ text: `stride ${stride}`, says: /** @type {Property[]} */ (["stride"]) }] : []),
    ...(groups > 1 ? [{ text: `${groups} groups`, says: /** @type {Property[]} */ (["groups"]) }] : []),
    ...(batch_norm ? [{ text: "batch norm", says: /** @type {Property[]} */ (["batch_norm"]) }] : []),
    ...(activation ? [{ text: activation, says: /** @type {Property[]} */ (["activation"]) }] : []),
  ];
}

/** @param {Step} step  Dense layers by what they read and make: that tells them apart. */
export function stepText(step) {
  const head = headWords(step).map(({ text }) => text);
  const ends = `${formatInteger(step.inputs)} → ${formatInteger(step.maps[0])}`;
  return [...head, ...(isDense(step) ? [ends] : [])].join(" ");
}

/** @param {number} macs of one picture */
export function macsText(macs) {
  if (macs < 1e6) return formatInteger(macs);
  return macs < 1e9 ? `${Math.round(macs / 1e6)} million` : `${(macs / 1e9).toFixed(2)} billion`;
}
