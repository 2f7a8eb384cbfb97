/** From the loss behind a chain back to its input and its weights. */

import { readable } from "../../lenses/arithmetic/values.js";
import { byId, element, setText } from "../../shared/element.js";
import { between, matrixGrid } from "./matrix.js";
import { createWaitingFormula } from "./waiting_formula.js";
import { shareText, subscript } from "./words.js";

/** @typedef {import("./jacobian_stage.js").Chain} Chain */

export function createWayBack() {
  const blame = createWaitingFormula("backpropagation.blame");

  return {
    /** @param {Chain} chain @param {string[]} names of its vectors, x the first */
    show({ answer, stages, label, layout, x }, names) {
      const is_column = layout === "column";
      const [last] = stages.slice(-1);
      const end = names[names.length - 1];
      const inflow = answer.inflow ?? [];
      const loss = answer.loss ?? NaN;
      setText(
        byId("loss-said"),
        last.kind === "softmax"
          ? `The loss, j = −log ${end}${subscript(label)}, the cross-entropy with class ${label + 1} as the right one: ${readable(loss)} nats. What flows in is −y\u00a0/\u00a0${end}; the softmax turns it into p\u00a0−\u00a0y.`
          : `The loss, j = cross-entropy of softmax(${end}), class ${label + 1} being right: ${readable(loss)} nats. What flows in is p\u00a0−\u00a0y.`,
      );
      // Behind each vector: what came back to it.
      const gradients = [...answer.stages.map((stage) => stage.input_gradient ?? []), inflow];
      const grids = gradients.map((numbers, place) =>
        matrixGrid({
          name: place === stages.length ? `f = ∂j/∂${end}` : `∂j/∂${names[place]}`,
          rows: [numbers],
          id: `gradient ${names[place]}`,
        }),
      );
      byId("chain-back").replaceChildren(
        ...grids.reverse().flatMap((grid, turn) => {
          const place = stages.length - turn;
          return turn === 0 ? [grid] : [between(`· ∂${names[place + 1]}/∂${names[place]} =`), grid];
        }),
      );
      const inputs = [x, ...answer.stages.map(({ output }) => output)];
      byId("chain-weights").replaceChildren(
        ...stages.flatMap(({ W }, place) => {
          const gradient = answer.stages[place].weight_gradient;
          if (!gradient) return [];
          const [f, input] = [gradients[place + 1], inputs[place]];
          const turned = `${names[place]}ᵀ`;
          const factors = is_column
            ? [upright("fᵀ", f), between("·"), flat(turned, input)]
            : [upright(turned, input), between("·"), flat("f", f)];
          const product = is_column ? `fᵀ ${turned}` : `${turned} f`;
          const result = matrixGrid({ name: `∂j/∂${W}`, rows: gradient, id: `weights ${W}` });
          return [
            element("p", {
              text: `With f = ∂j/∂${names[place + 1]}, the weights get ${product}, in the shape of ${W}:`,
            }),
            element("div", { class: "matrix-row" }, ...factors, between("="), result),
          ];
        }),
      );
      // Of the right class's score, which stands before a softmax or at the end itself.
      const scores = last.kind === "softmax" ? gradients[stages.length - 1] : inflow;
      blame.fill({ p: Math.exp(-loss), y: 1, gradient: scores[label] }, shareText);
    },
  };
}

/** @param {string} name @param {number[]} numbers */
const upright = (name, numbers) => matrixGrid({ name, rows: numbers.map((each) => [each]) });

/** @param {string} name @param {number[]} numbers */
const flat = (name, numbers) => matrixGrid({ name, rows: [numbers] });
