/** What the page asks the server about training. */

import { listen, request, requestBytes, requestOnce, ROOT, sendJson, whileBusy } from "../../api/request.js";
import { postFile } from "../../api/upload.js";
import { whileUnderWay } from "../../shared/under_way.js";

/** @typedef {import("../../types.js").Run} Run */
/** @typedef {import("../../types.js").PictureSet} PictureSet */
/** @typedef {Run & {points: import("./types.js").Point[], epochs: import("./types.js").Epoch[]}} News */
/** @typedef {ReturnType<typeof createTrainingApi>} TrainingApi */

/** @param {string} run_id */
const runPath = (run_id) => `/training/runs/${encodeURIComponent(run_id)}`;

/** @param {string} set_id */
const dataPath = (set_id) => `/training/data/${encodeURIComponent(set_id)}`;

export function createTrainingApi() {
  return {
    /** @returns {Promise<import("../../types.js").TrainingOffer>} */
    offer: () => request("/training"),

    /** @returns {Promise<{runs: Run[]}>} */
    runs: () => request("/training/runs"),

    /** The same, asked now and then: nobody waits for it. @returns {Promise<{runs: Run[]}>} */
    runsNow: () => requestOnce("/training/runs"),

    /**
     * A server that is busy is not asked again: its run may take an hour.
     *
     * @param {import("../../types.js").RunChoice} choice
     * @returns {Promise<Run>}
     */
    start: (choice) =>
      whileUnderWay("/training/runs", null, (signal) =>
        requestOnce("/training/runs", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(choice),
          signal,
        }),
      ),

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
     * @param {(news: News) => void} onNews
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
     * @param {string} name empty: none
     * @returns {Promise<Run>}
     */
    rename: (run_id, name) => sendJson("PATCH", runPath(run_id), { name }),

    /**
     * Deletes a run that is over, with everything that it kept.
     *
     * @param {string} run_id
     * @returns {Promise<void>}
     */
    forget: (run_id) => request(`${runPath(run_id)}/files`, { method: "DELETE" }),

    /**
     * Where the network after a step is fetched from.
     *
     * @param {string} run_id
     * @param {number} step
     * @param {"weights" | "bundle"} form
     */
    downloadUrl: (run_id, step, form) => `${ROOT}${runPath(run_id)}/checkpoints/${step}/${form}`,

    /**
     * @param {string} run_id
     * @param {AbortSignal} signal
     * @returns {Promise<{samples: import("../../types.js").Sample[]}>}
     */
    samples: (run_id, signal) => request(`${runPath(run_id)}/samples`, { signal }),

    /**
     * @param {string} run_id
     * @param {number} number
     * @param {AbortSignal} signal
     */
    sample: async (run_id, number, signal) =>
      new Blob([await requestBytes(`${runPath(run_id)}/samples/${number}`, signal)], {
        type: "image/png",
      }),

    /** @returns {Promise<{sets: PictureSet[]}>} */
    allPictures: () => request("/training/data"),

    /** @param {string} set_id @returns {Promise<PictureSet>} */
    pictures: (set_id) => request(dataPath(set_id)),

    /**
     * @param {Blob} zip
     * @param {string} name
     * @param {{onProgress: (sent_bytes: number, total_bytes: number) => void,
     *   signal: AbortSignal}} options
     * @returns {Promise<PictureSet>}
     */
    sendPictures: (zip, name, options) =>
      whileBusy(() => postFile(`${ROOT}/training/data`, zip, name, options), options.signal),

    /** @param {string} set_id @returns {Promise<void>} */
    deletePictures: (set_id) => request(dataPath(set_id), { method: "DELETE" }),

    /**
     * @param {string} set_id
     * @param {(kept: PictureSet) => void} onNews
     * @param {(is_lost: boolean) => void} onTrouble
     */
    watchPictures: (set_id, onNews, onTrouble) =>
      listen(
        `${dataPath(set_id)}/events`,
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
