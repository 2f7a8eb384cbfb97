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
