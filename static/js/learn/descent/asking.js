/** How races are asked for: one after the other, and also while the hand moves. */

import { followJson } from "../../api/request.js";

/** @typedef {import("./searchers.js").RaceAnswer} RaceAnswer */

const GRID = 61;

/**
 * @param {object} body as the API documents it
 * @param {(so_far: RaceAnswer) => void} onNews
 * @param {AbortSignal} [signal]
 * @returns {Promise<RaceAnswer>}
 */
export const askRace = (body, onNews, signal) => followJson("/learn/race", body, onNews, signal);

/**
 * The same, for a race on a surface; its heights, which take longest to send and to draw, are asked
 * for once for each surface that comes after another.
 */
export function createSurfaceAsking() {
  let known = "";

  /**
   * @template {{field: {curvatures: number[], ripple?: number}}} Body
   * @param {Body} body
   * @returns {Promise<RaceAnswer>} with heights if they are not those of the answer before
   */
  return async (body) => {
    const { curvatures, ripple = 0 } = body.field;
    const surface = [...curvatures, ripple].join();
    const grid = surface === known ? 0 : GRID;
    const answer = await askRace({ ...body, field: { ...body.field, grid } }, () => undefined);
    known = surface;
    return answer;
  };
}

/**
 * Asks for the newest while something is dragged: one question at a time, and the last one always.
 * Unlike one that gives up each question for the next, it also answers while the hand moves.
 *
 * @template Question, Answer
 * @param {(question: Question) => Promise<Answer>} ask
 * @param {(answer: Answer, question: Question) => void} apply
 * @param {(error: unknown) => void} fail
 */
export function createNewest(ask, apply, fail) {
  /** @type {Question | null} */
  let next = null;
  let is_asking = false;

  async function run() {
    is_asking = true;
    while (next !== null) {
      const question = next;
      next = null;
      try {
        apply(await ask(question), question);
        fail(null);
      } catch (error) {
        fail(error);
      }
    }
    is_asking = false;
  }

  return {
    /** @param {Question} question */
    want(question) {
      next = question;
      if (!is_asking) run();
    },
  };
}
