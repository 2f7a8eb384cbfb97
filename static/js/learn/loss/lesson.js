/** What the chapter asks of the server. */

import { sendJson } from "../../api/request.js";
import { createLatest } from "../../shared/latest.js";

/** @typedef {import("../../types.js").Loss} Loss */
/** @typedef {import("../../types.js").ScoresLossBody | import("../../types.js").ConfidencesLossBody
 *   | import("../../types.js").CodesLossBody} LossBody */

/**
 * @param {LossBody} body
 * @param {AbortSignal} signal
 * @returns {Promise<Loss>}
 */
export const askLoss = (body, signal) => sendJson("POST", "/learn/loss", body, signal);

/**
 * Asks anew whenever what is shown makes another question.
 *
 * @template {LossBody} Body
 * @param {import("./shown.js").ShownStore} shown
 * @param {object} parts
 * @param {(now: import("./shown.js").Shown) => Body | null} parts.question
 *   null: nothing is to be asked now
 * @param {(answer: Loss, body: Body) => void} parts.onAnswer
 * @param {(error: unknown) => void} parts.fail null takes back what went wrong
 * @returns {Promise<void>} of the first answer
 */
export function keepAsking(shown, { question, onAnswer, fail }) {
  const latest = createLatest();
  let asked = "";
  let answered = Promise.resolve();
  shown.watch(["of", "five", "among", "pictures", "p", "q"], (now) => {
    const body = question(now);
    const text = JSON.stringify(body);
    if (body === null || text === asked) return;
    asked = text;
    answered = latest.run(
      (signal) => askLoss(body, signal),
      (answer) => {
        fail(null);
        onAnswer(answer, body);
      },
      (error) => {
        asked = ""; // the same may be asked again
        fail(error);
      },
    );
  });
  return answered;
}
