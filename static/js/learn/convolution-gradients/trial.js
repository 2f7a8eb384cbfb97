/** The gradient put to the test: one more on the chosen pixel or weight, and what L says. */

import { readable } from "../../lenses/arithmetic/values.js";
import { button, byId, setText } from "../../shared/element.js";
import { createFormula } from "../parts/formula.js";
import { address } from "./address.js";
import { channelsOf, indexOf, sizeOf, within } from "./geometry.js";
import { flat, isTried } from "./lesson.js";
import { placeText } from "./words.js";

/** @param {ReturnType<typeof import("./lesson.js").createLesson>} lesson */
export function createTrial(lesson) {
  const result = byId("trial-result");
  const loss = createFormula("convolution-gradients.loss");
  const rise = createFormula("convolution-gradients.rise");
  const add = button(
    "",
    () => address.change({ plus: isTried(address.get()) ? 0 : 1 }, { step: true }),
    { class: "button" },
  );
  byId("trial-tools").append(add);

  return {
    /** @returns {string} what came out, in words; empty where nothing was tried */
    draw() {
      const shown = address.get();
      const pick = within(shown.pick, shown);
      const answer = lesson.convolution(shown);
      const tried = lesson.tried(shown);
      if (answer) loss.fill({ loss: answer.loss });
      const { kind } = pick;
      add.disabled = kind === "output";
      setText(add, isTried(shown) ? "Take it off again" : `+1 on this ${kind === "weight" ? kind : "pixel"}`);
      byId("trial-hint").hidden = kind !== "output";
      result.hidden = !answer || !tried;
      if (!answer || !tried) return "";
      const name = kind === "pixel" ? "dL/dx" : "dL/dw";
      const slopes = flat(kind === "pixel" ? answer.input_gradient : answer.weight_gradient[0]);
      const slope = slopes[indexOf(pick, sizeOf(kind, shown))];
      const where = placeText(pick, channelsOf(kind, shown));
      const words = `One more on the ${kind} at ${where}: ${wordsFor(slope, name)}`;
      setText(byId("trial-words"), words);
      rise.fill({ after: tried.loss, before: answer.loss, slope });
      return words;
    },
  };
}

/** @param {number} slope @param {string} name */
function wordsFor(slope, name) {
  if (slope === 0) return `L stayed as it was, and its ${name} is 0.`;
  const way = slope > 0 ? "up" : "down";
  return `L went ${way} by exactly ${readable(Math.abs(slope))}, and its ${name} is ${readable(slope)}.`;
}
