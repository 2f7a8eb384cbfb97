/** What moves by itself, in the person's hand: play, pause, one step, back to the start. */

import { button, element, setText } from "./element.js";

/** @typedef {ReturnType<typeof createStepper>} Stepper */

const stands_still = window.matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Steps from 0 to `last`. Each is shown in turn while it plays; the slider, with the arrow keys,
 * goes to any of them. Who asked for less motion has a button that goes to the end instead of one
 * that plays; where it is the only one, it goes one step on.
 *
 * @param {HTMLElement} parent
 * @param {object} options
 * @param {string} options.label what is stepped through
 * @param {number} options.last
 * @param {number} [options.at] where it begins
 * @param {number | (() => number)} [options.per_second] steps while it plays
 * @param {boolean} [options.has_slider] false: the buttons alone
 * @param {boolean} [options.has_buttons] false: no Step and Reset beside Play
 * @param {(step: number) => string} [options.describe] a step in words, "step 3 of 10" unless given
 * @param {(step: number) => void} options.onShow whenever another step is to be seen
 * @param {(step: number) => void} [options.onRest] whenever it stands still at one: for the address,
 *   which should not change with every step that is played
 */
export function createStepper(
  parent,
  { label, last, at = 0, per_second = 8, has_slider = true, has_buttons = true, describe, onShow, onRest },
) {
  let step = at;
  let is_playing = false;
  /** Steps since it began to play, of which the whole ones are shown. */
  let played = 0;
  let before_ms = 0;
  let frame = 0;

  const play_button = button("Play", toggle, { class: "button button-primary stepper-play" });
  const step_button = button("Step", () => go(step + 1));
  const reset_button = button("Reset", () => go(0));
  const slider = element("input", {
    class: "number-slider stepper-slider",
    attributes: { type: "range", min: 0, max: last, step: 1, "aria-label": label },
    on: { input: () => go(slider.valueAsNumber) },
  });
  const where = element("output", { class: "stepper-where figure" });
  const node = element(
    "div",
    { class: "stepper", attributes: { role: "group", "aria-label": label } },
    ...[play_button, ...(has_buttons ? [step_button, reset_button] : []), has_slider ? slider : null, where],
  );
  parent.append(node);

  const still_text = has_buttons ? "To the end" : "Step";
  const words = describe ?? ((/** @type {number} */ each) => `step ${each} of ${last}`);

  function draw() {
    slider.max = String(last);
    slider.value = String(step);
    setText(where, words(step));
    slider.setAttribute("aria-valuetext", words(step));
    setText(play_button, is_playing ? "Pause" : stands_still.matches ? still_text : "Play");
    step_button.disabled = step >= last;
    reset_button.disabled = step === 0;
    node.dataset.step = String(step);
    node.dataset.state = is_playing ? "playing" : "still";
  }

  /** @param {number} next */
  function move(next) {
    const within = Math.min(last, Math.max(0, next));
    if (within !== step) {
      step = within;
      onShow(step);
    }
    draw();
  }

  /** @param {number} next */
  function go(next) {
    stop();
    move(next);
    onRest?.(step);
  }

  function play() {
    if (stands_still.matches) {
      go(has_buttons ? last : step >= last ? 0 : step + 1);
      return;
    }
    if (is_playing) return;
    if (step >= last) move(0);
    is_playing = true;
    played = 0;
    before_ms = performance.now();
    frame = requestAnimationFrame(tick);
    draw();
  }

  function stop() {
    cancelAnimationFrame(frame);
    is_playing = false;
  }

  function pause() {
    if (!is_playing) return;
    stop();
    draw();
    onRest?.(step);
  }

  function toggle() {
    if (is_playing) pause();
    else play();
  }

  /** @param {number} now_ms */
  function tick(now_ms) {
    // A page that was not in sight goes on where it was.
    const pace = typeof per_second === "function" ? per_second() : per_second;
    played += Math.min(0.25, Math.max(0, now_ms - before_ms) / 1000) * pace;
    before_ms = now_ms;
    const whole = Math.floor(played);
    played -= whole;
    if (whole > 0) move(step + whole);
    if (step >= last) pause();
    else frame = requestAnimationFrame(tick);
  }

  stands_still.addEventListener("change", () => {
    pause();
    draw();
  });
  draw();

  return {
    node,
    play,
    pause,
    go,
    get: () => step,
    /** Another step is where it stands now, for reasons outside: nothing is called. @param {number} now */
    show(now) {
      step = Math.min(last, Math.max(0, now));
      draw();
    },

    isPlaying: () => is_playing,

    /** @param {number} longer or shorter: how many steps there are now */
    setLast(longer) {
      last = longer;
      move(step);
    },
  };
}
