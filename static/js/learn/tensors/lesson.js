/** What the chapter asks of the server. */

import { request, sendJson } from "../../api/request.js";
import { createNewest } from "../parts/newest.js";
import { PICTURE_PX } from "./address.js";

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
export async function askPicture(image, signal) {
  const path = `/images/${encodeURIComponent(image)}/pixels?size=${PICTURE_PX}`;
  /** @type {import("../../types.js").Pixels} */
  const { pixels } = await request(path, { signal });
  // A picture without colour has one channel, which red, green and blue have alike.
  const [red, green = red, blue = red] = pixels;
  return Float32Array.from([red, green, blue].flat(2), (level) => level / 255);
}

/**
 * Asks for the newest, also while the hand moves. What was shown is stale until its answer is there.
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
  let wanted = null;
  /** @type {Answer | null} */
  let last = null;

  /** @param {boolean} is_stale */
  function mark(is_stale) {
    for (const each of results) each.toggleAttribute("data-stale", is_stale && last !== null);
  }

  const newest = createNewest(
    ask,
    (answer, question) => {
      if (question.image !== wanted?.image) return; // another picture's
      last = answer;
      onAnswer(answer, question);
      if (!newest.isBehind()) mark(false);
    },
    (error) => {
      if (error !== null && !newest.isBehind()) wanted = null; // the same may be asked again
      fail(error);
    },
  );

  return {
    /** @returns {Answer | null} */
    last: () => last,

    /** @param {Question} question */
    want(question) {
      if (JSON.stringify(question) === JSON.stringify(wanted)) return;
      wanted = question;
      mark(true);
      newest.want(question);
    },
  };
}
