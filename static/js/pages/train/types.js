/**
 * What the events of a training bring; the documents are in types.d.ts.
 *
 * @typedef {object} Point
 * @property {number} number
 * @property {number} step
 * @property {number} epoch
 * @property {number} loss
 * @property {number} accuracy
 * @property {number} batch_accuracy
 * @property {number | null} learning_rate null for a search
 * @property {number} examples_per_second
 *
 * @typedef {import("../../types.js").Run["state"]} RunState
 */

export {};
