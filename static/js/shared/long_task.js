/** A button that starts long work, its progress with a number, and a way to stop it. */

import { button, element } from "./element.js";
import { createLatest } from "./latest.js";
import { asProblem } from "./problem.js";

/**
 * @template T
 * @param {object} parts
 * @param {string} parts.text of the button
 * @param {string} parts.name of the work, for screen readers
 * @param {(onProgress: (done: number, total: number) => void, signal: AbortSignal) =>
 *   Promise<T> | null} parts.work null: there is nothing to do yet
 * @param {(result: T) => void} parts.show
 */
export function createLongTask({ text, name, work, show }) {
  const latest = createLatest();
  const bar = element("progress", { attributes: { max: 1, "aria-label": name } });
  const count = element("span", { class: "figure" });
  const stop = button("Stop", () => end(), { class: "button button-small" });
  const running = element(
    "span",
    { class: "task-running", attributes: { hidden: true } },
    bar,
    count,
    stop,
  );
  const problem_line = element("p", {
    class: "notice notice-problem",
    attributes: { hidden: true, role: "alert" },
  });
  const start = button(text, () => run(), { class: "button button-small" });
  const node = element("div", { class: "task" }, start, running, problem_line);

  function end() {
    latest.cancel();
    problem_line.hidden = true;
    running.hidden = true;
    start.disabled = false;
  }

  function run() {
    problem_line.hidden = true;
    bar.removeAttribute("value");
    count.textContent = "";
    latest.run(
      async (signal) => {
        const job = work((done, total) => {
          if (signal.aborted) return;
          bar.value = total ? done / total : 0;
          count.textContent = total ? `${done} of ${total}` : "";
        }, signal);
        if (job === null) return null;
        running.hidden = false;
        start.disabled = true;
        return job;
      },
      (result) => {
        end();
        if (result !== null) show(result);
      },
      (error) => {
        end();
        problem_line.textContent = asProblem(error).message;
        problem_line.hidden = false;
      },
    );
  }

  return {
    node,
    run,
    /** Gives up what runs. */
    end,
    /** @param {string} label */
    setText(label) {
      if (start.textContent !== label) start.textContent = label;
    },
    /** @param {boolean} is_possible */
    allow(is_possible) {
      start.disabled = !is_possible || !running.hidden;
    },
  };
}
