/** Steps forward and back: one at a time, played, or slid to. */

import { button, element } from "../../shared/element.js";

const BEAT_MS = 1100;

/**
 * @param {HTMLElement} parent
 * @param {(step: number) => void} onStep
 */
export function createStepper(parent, onStep) {
  let step = 0;
  let forward = 0;
  let last = 0;
  let timer = 0;

  const undo = button("Undo step", () => go(step - 1));
  const again = button("Start over", () => go(0));
  const next = button("Step forward", () => go(step + 1), { class: "button button-primary" });
  const play = button("Play", () => (timer ? stop() : start()));
  const slider = element("input", {
    class: "step-slider",
    attributes: { type: "range", min: 0, step: 1, "aria-label": "Step" },
    on: { input: () => go(slider.valueAsNumber) },
  });
  parent.append(
    element("div", { class: "step-buttons" }, again, undo, next, play),
    slider,
  );

  /** @param {number} wanted */
  function go(wanted) {
    stop();
    onStep(Math.max(0, Math.min(last, wanted)));
  }

  function start() {
    if (step === last) onStep(0);
    play.textContent = "Pause";
    timer = window.setInterval(() => {
      if (step === last) return stop();
      onStep(step + 1);
      if (step === last) stop();
    }, BEAT_MS);
  }

  function stop() {
    window.clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  }

  return {
    /** @param {import("./steps.js").Moment} moment */
    show(moment) {
      ({ step, forward, last } = moment);
      slider.max = String(last);
      slider.value = String(step);
      const is_back = step > forward;
      slider.setAttribute(
        "aria-valuetext",
        step === 0 ? "nothing computed" : `${is_back ? "back" : "forward"}, step ${is_back ? step - forward : step}`,
      );
      slider.style.setProperty("--turn", String(last ? forward / last : 1));
      for (const each of [again, undo]) each.disabled = step === 0;
      for (const each of [play, slider]) each.disabled = last === 0;
      next.disabled = step === last;
      next.textContent = step < forward ? "Step forward" : "Send back";
    },
  };
}
