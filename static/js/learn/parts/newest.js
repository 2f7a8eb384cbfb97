/** Questions that come faster than answers. */

/**
 * Asks for the newest while something is dragged: one question at a time, and the last one always.
 * Unlike one that gives up each question for the next, it also answers while the hand moves.
 *
 * @template Question, Answer
 * @param {(question: Question) => Promise<Answer>} ask
 * @param {(answer: Answer, question: Question) => void} apply
 * @param {(error: unknown) => void} fail null takes back what went wrong
 */
export function createNewest(ask, apply, fail) {
  /** @type {Question | null} */
  let next = null;
  /** @type {Promise<void> | null} */
  let running = null;

  async function run() {
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
    running = null;
  }

  return {
    /** Whether another question has come after the one that is answered. */
    isBehind: () => next !== null,

    /** @param {Question} question @returns {Promise<void>} when all that was asked is answered */
    want(question) {
      next = question;
      running ??= run();
      return running;
    },
  };
}
