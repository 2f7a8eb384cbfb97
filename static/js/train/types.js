/** Shapes of the answers about training; see `/docs`. */

/**
 * @typedef {object} Choice
 * @property {string} architecture
 * @property {string} data
 * @property {string} engine
 * @property {string} optimiser
 * @property {number} learning_rate
 * @property {number} batch_size
 * @property {number} epochs
 * @property {number} seed
 *
 * @typedef {{optimiser: string, learning_rate: number, batch_size: number, epochs: number,
 *   momentum: number, weight_decay: number}} Defaults
 * @typedef {{name: string, title: string, family: string, parameters: number,
 *   input_size: import("../types.js").InputSize, defaults: Defaults, engines: string[]}} Design
 * @typedef {{name: string, title: string, kind: "digit" | "photograph", available: boolean,
 *   is_here: boolean, detail: string | null}} Data
 *
 * @typedef {object} Offer
 * @property {boolean} allowed
 * @property {string | null} current_run
 * @property {Design[]} architectures
 * @property {Data[]} data
 * @property {{name: string, title: string, rule: string}[]} optimisers
 * @property {{name: string, title: string}[]} engines
 * @property {{time_s: number, steps: number}} limits
 *
 * @typedef {object} Checkpoint
 * @property {number} step
 * @property {number} epoch
 * @property {number | null} loss
 * @property {number | null} accuracy
 * @property {string} model
 *
 * @typedef {object} Point
 * @property {number} number
 * @property {number} step
 * @property {number} epoch
 * @property {number} loss
 * @property {number} accuracy
 * @property {number} batch_accuracy
 * @property {number} learning_rate
 * @property {number} examples_per_second
 *
 * @typedef {"starting" | "running" | "paused" | "measuring" | "finished" | "learned_nothing"
 *   | "stopped" | "diverged" | "failed" | "crashed" | "interrupted"} RunState
 *
 * @typedef {object} Run
 * @property {string} id
 * @property {"server" | "command_line"} origin
 * @property {RunState} state
 * @property {boolean} is_going_on
 * @property {string | null} detail
 * @property {string} created
 * @property {Choice} choice
 * @property {number} step
 * @property {number | null} steps_total
 * @property {number | null} parameters
 * @property {number | null} training_pictures
 * @property {number | null} held_out_pictures
 * @property {number | null} skipped_pictures
 * @property {number | null} held_out_accuracy
 * @property {number | null} held_out_loss
 * @property {string | null} model
 * @property {Checkpoint[]} checkpoints
 */

export {};
