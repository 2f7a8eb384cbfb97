/** The pictures that a network can be shown while it learns, and where each comes from. */

import { Problem } from "../../shared/problem.js";

/**
 * A sample as the address has it: `held-3` is a held-out picture of the run, `7` a printed digit,
 * anything else the id of a picture that the server keeps.
 *
 * @typedef {object} Choice
 * @property {string} value
 * @property {string} text
 */

const PRINTED_PX = 240;
export const HELD_OUT = /^held-(\d+)$/;
export const PRINTED = /^\d$/;

/**
 * A digit as a printer would set it; the network cuts out its ink as it does with any picture.
 *
 * @param {string} digit
 * @returns {Promise<Blob>}
 */
function printed(digit) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = PRINTED_PX;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = "white";
  pen.fillRect(0, 0, PRINTED_PX, PRINTED_PX);
  pen.fillStyle = "black";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.font = `${PRINTED_PX * 0.8}px sans-serif`;
  pen.fillText(digit, PRINTED_PX / 2, PRINTED_PX / 2);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture was made"))));
  });
}

/**
 * @param {{api: import("../../api/api.js").Api,
 *   training: import("./training_api.js").TrainingApi}} parts
 */
export function createSources({ api, training }) {
  /** Ids that the server gave to what was sent, by what it was. @type {Map<string, string>} */
  const sent = new Map();
  /** @type {{run: string, samples: import("../../types.js").Sample[]} | null} */
  let held_out = null;

  /** @param {string} run_id @param {AbortSignal} signal */
  async function samplesOf(run_id, signal) {
    if (held_out?.run !== run_id || held_out.samples.length === 0) {
      const { samples } = await training.samples(run_id, signal);
      held_out = { run: run_id, samples };
    }
    return held_out.samples;
  }

  /** @param {string} key @param {string} name @param {() => Promise<Blob>} make @param {AbortSignal} signal */
  async function once(key, name, make, signal) {
    const known = sent.get(key);
    if (known) return known;
    const options = { onProgress: () => undefined, signal };
    const stored = await api.uploadImage(await make(), name, options);
    sent.set(key, stored.id);
    return stored.id;
  }

  /** @param {string} run_id @param {string} sample */
  const keyOf = (run_id, sample) => (HELD_OUT.test(sample) ? `${run_id} ${sample}` : sample);

  return {
    samplesOf,

    /**
     * The id of a picture that the server keeps.
     *
     * @param {string} run_id
     * @param {string} sample
     * @param {AbortSignal} signal
     * @returns {Promise<string>}
     */
    async imageOf(run_id, sample, signal) {
      const number = HELD_OUT.exec(sample)?.[1];
      if (number !== undefined) {
        const fetch = () => training.sample(run_id, Number(number), signal);
        return once(keyOf(run_id, sample), `held-out-${number}.png`, fetch, signal);
      }
      if (PRINTED.test(sample)) return once(sample, `${sample}.png`, () => printed(sample), signal);
      return sample;
    },

    /** The server has forgotten it: it is sent again. @param {string} run_id @param {string} sample */
    forget(run_id, sample) {
      return sent.delete(keyOf(run_id, sample));
    },

    /** @param {Blob} file @param {string} name @param {AbortSignal} signal */
    async upload(file, name, signal) {
      if (file.size === 0) throw new Problem("no-picture", "The file is empty.");
      const stored = await api.uploadImage(file, name, { onProgress: () => undefined, signal });
      return stored.id;
    },
  };
}
