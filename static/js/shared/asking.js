/**
 * What one part of a page asks for, of which only the newest counts, in words where it will stand:
 * that it is awaited, a Stop once that is slow, and a way to ask again.
 */

import { button, element } from "./element.js";
import { createLatest } from "./latest.js";
import { asProblem } from "./problem.js";
import { createWaiting } from "./waiting.js";

/** @typedef {ReturnType<typeof createAsking>} Asking */

/**
 * @param {string} text what is awaited, without an ellipsis
 * @param {() => void} [onNone] it was stopped or refused: what stands there from before is of
 *   something else
 */
export function createAsking(text, onNone = () => {}) {
  const latest = createLatest();
  const waiting = createWaiting({ is_over: true });
  const message = element("p");
  const again_button = button("Try again", () => asAgain(), { class: "button button-small" });
  const problem = element(
    "div",
    { class: "notice notice-problem", attributes: { hidden: true } },
    message,
    again_button,
  );
  const node = element("div", { class: "asking" }, waiting.node, problem);
  let asAgain = () => {};

  function cancel() {
    latest.cancel();
    waiting.show(null);
    problem.hidden = true;
  }

  return {
    node,
    cancel,

    /**
     * @template T
     * @param {(signal: AbortSignal) => Promise<T>} job done anew with each "Try again"
     * @param {(result: T) => void} apply
     */
    run(job, apply) {
      asAgain = () => this.run(job, apply);
      problem.hidden = true;
      function stop() {
        cancel();
        waiting.show(null, { again: asAgain });
        onNone();
      }
      waiting.show(text, { stop });
      latest.run(
        job,
        (result) => {
          waiting.show(null);
          apply(result);
        },
        (error) => {
          waiting.show(null);
          message.textContent = asProblem(error).message;
          problem.hidden = false;
          onNone();
        },
      );
    },
  };
}
