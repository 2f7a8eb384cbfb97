/** What the page asks the server about training. */

import { listen, request, requestBytes, requestOnce } from "../../api/api.js";

/** @typedef {import("../../types.js").Run} Run */
/** @typedef {import("./types.js").Point} Point */
/** @typedef {ReturnType<typeof createTrainingApi>} TrainingApi */

/** @param {string} run_id */
const runPath = (run_id) => `/training/runs/${encodeURIComponent(run_id)}`;

export function createTrainingApi() {
  return {
    /** @returns {Promise<import("../../types.js").TrainingOffer>} */
    offer: () => request("/training"),

    /** @returns {Promise<{runs: Run[]}>} */
    runs: () => request("/training/runs"),

    /**
     * A server that is busy is not asked again: its run may take an hour.
     *
     * @param {import("../../types.js").RunChoice} choice
     * @returns {Promise<Run>}
     */
    start: (choice) =>
      requestOnce("/training/runs", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(choice),
      }),

    /**
     * @param {string} run_id
     * @param {"pause" | "resume" | "step" | "finish"} command
     * @returns {Promise<Run>}
     */
    tell: (run_id, command) => request(`${runPath(run_id)}/${command}`, { method: "POST" }),

    /**
     * @param {string} run_id
     * @returns {Promise<Run>}
     */
    run: (run_id) => request(runPath(run_id)),

    /**
     * @param {string} run_id
     * @returns {Promise<Run>}
     */
    stop: (run_id) => request(runPath(run_id), { method: "DELETE" }),

    /**
     * Follows a run until it is over.
     *
     * @param {string} run_id
     * @param {(news: Run & {points: Point[]}) => void} onNews
     * @param {(is_lost: boolean) => void} onTrouble
     * @returns {() => void} stops following, not the run
     */
    watch: (run_id, onNews, onTrouble) =>
      listen(
        `${runPath(run_id)}/events`,
        { going: ["progress"], last: ["ended"] },
        onNews,
        onTrouble,
      ),

    /**
     * @param {string} run_id
     * @param {number} step
     * @param {AbortSignal} signal
     */
    templates: (run_id, step, signal) =>
      requestBytes(`${runPath(run_id)}/checkpoints/${step}/templates`, signal),
  };
}
