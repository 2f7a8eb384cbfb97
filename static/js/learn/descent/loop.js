/** The loop as code: one line after the other, each with what it made. */

import { readable } from "../../lenses/arithmetic/values.js";
import { byId, element, setText } from "../../shared/element.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createStepper } from "../../shared/stepper.js";
import { createSurface } from "../parts/surface.js";
import { codeOf, linesWalked } from "./loop_code.js";
import { LOWEST, REACH, SEARCHERS } from "./searchers.js";
import { watch } from "./watch.js";

/** @typedef {import("./searchers.js").RaceAnswer} RaceAnswer */
/** @typedef {import("./searchers.js").Place} Place */

/** @param {import("./main.js").Address} address */
export function createLoop(address) {
  /** @type {RaceAnswer | null} */
  let race = null;
  const chosen = createChosenOne({
    label: "Searcher",
    choices: SEARCHERS.map(({ name, text }) => ({ value: name, text })),
    value: address.get().loop,
    onChange: (loop) => address.change({ loop, line: 0 }, { step: true }),
  });
  byId("loop-choice").append(chosen.node);
  const map = createSurface(byId("loop-map"), { label: "the loop's steps", reach: REACH });
  const code = byId("loop-code");
  const stepper = createStepper(byId("loop-stepper"), {
    label: "Lines of the loop",
    last: 1,
    at: 0,
    per_second: 1.5,
    describe: (line) => `line ${line + 1} of ${walked().length}`,
    onShow: () => draw(),
    onRest: (line) => address.change({ line }),
  });

  function walked() {
    const { loop } = address.get();
    return race ? linesWalked(race.searchers[loop]) : [];
  }

  function draw() {
    if (!race) return;
    const { loop, momentum, batch } = address.get();
    const moments = walked();
    const moment = moments[Math.min(stepper.get(), moments.length - 1)];
    const { line, step, word, value, beside, place, trial } = moment;
    code.replaceChildren(
      ...codeOf(loop, momentum, batch).map((text, number) =>
        element(
          "li",
          { class: number === line ? "is-now" : "", attributes: number === line ? { "aria-current": "step" } : {} },
          element("code", { text }),
        ),
      ),
    );
    const made = byId("loop-made");
    made.dataset.value = JSON.stringify(value);
    made.dataset.word = word;
    setText(byId("loop-step"), step === 0 ? "before the first step" : `step ${step}`);
    setText(made, `${word} = ${written(value)}${beside ? `, ${beside}` : ""}`);
    const { places, trace } = race.searchers[loop];
    const { tone } = SEARCHERS.find(({ name }) => name === loop) ?? SEARCHERS[0];
    const been = [places[0], ...trace.slice(0, Math.max(0, step - 1)).map(({ after }) => after), place];
    map.showPaths([
      ...(trial ? [{ name: "trial", tone: "faint", places: [place, trial] }] : []),
      { name: loop, tone, places: been, is_chosen: true },
    ]);
  }

  function show() {
    const { loop, line } = address.get();
    chosen.show(loop);
    stepper.setLast(Math.max(1, walked().length - 1));
    if (line !== stepper.get() && !stepper.isPlaying()) stepper.go(line);
    draw();
  }
  watch(address, ["loop", "line"], () => {
    if (race) show();
  });

  return {
    /** @param {RaceAnswer} answer whose first steps are walked through */
    show(answer) {
      race = answer;
      if (answer.heights) map.showHeights(answer.heights, LOWEST);
      show();
    },
  };
}

/** @param {number | number[]} value */
const written = (value) =>
  Array.isArray(value) ? `(${value.map(readable).join(", ")})` : readable(value);
