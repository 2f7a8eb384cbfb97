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
 * @typedef {import("../../types.js").Epoch} Epoch
 *
 * @typedef {import("../../types.js").Run["state"]} RunState
 *
 * What is known of one run that is followed.
 *
 * @typedef {object} Followed
 * @property {import("../../types.js").Run | null} run
 * @property {Point[]} points of its curves
 * @property {Epoch[]} epochs what was measured on the held-out pictures
 */

export {};
