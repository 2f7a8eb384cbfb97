/** What the chapter asks of the server. */

import { requestBytes, sendJson } from "../../api/request.js";
import { decodeNpy } from "../../shared/maps.js";

/** @typedef {import("../../types.js").Patches} Patches */
/** @typedef {import("../../types.js").Likeness} Likeness */

/**
 * @param {import("../../types.js").PatchesBody} body
 * @returns {Promise<Patches>}
 */
export const askPatches = (body) => sendJson("POST", "/learn/patches", body);

/**
 * @param {import("../../types.js").LikenessBody} body
 * @returns {Promise<Likeness>}
 */
export const askLikeness = (body) => sendJson("POST", "/learn/likeness", body);

/**
 * @param {string} image
 * @param {AbortSignal} [signal]
 * @returns {Promise<Float32Array>} 3 x 64 x 64 in [0, 1]
 */
export const askPicture = async (image, signal) =>
  decodeNpy(await requestBytes(`/learn/pictures/${encodeURIComponent(image)}`, signal));

/**
 * Asks one question at a time, and always the last one: so that it also answers while the hand
 * moves. What was shown is stale until the answer to the newest is there.
 *
 * @template {{image: string}} Question
 * @template Answer
 * @param {object} parts
 * @param {(question: Question) => Promise<Answer>} parts.ask
 * @param {(answer: Answer, question: Question) => void} parts.onAnswer
 * @param {(error: unknown) => void} parts.fail null takes back what went wrong
 * @param {HTMLElement[]} parts.results that are stale meanwhile
 */
export function createAsking({ ask, onAnswer, fail, results }) {
  /** @type {Question | null} */
  let next = null;
  let wanted = "";
  let is_asking = false;
  /** @type {Answer | null} */
  let last = null;

  /** @param {boolean} is_stale */
  function mark(is_stale) {
    for (const each of results) each.toggleAttribute("data-stale", is_stale && last !== null);
  }

  /** @param {Question} question */
  async function answer(question) {
    try {
      const found = await ask(question);
      if (next && next.image !== question.image) return; // another picture's
      last = found;
      onAnswer(found, question);
      fail(null);
      if (!next) mark(false);
    } catch (error) {
      if (!next) wanted = ""; // the same may be asked again
      fail(error);
    }
  }

  async function run() {
    is_asking = true;
    while (next) {
      const question = next;
      next = null;
      await answer(question);
    }
    is_asking = false;
  }

  return {
    /** @returns {Answer | null} */
    last: () => last,

    /** @param {Question} question */
    want(question) {
      const text = JSON.stringify(question);
      if (text === wanted) return;
      wanted = text;
      next = question;
      mark(true);
      if (!is_asking) run();
    },
  };
}
