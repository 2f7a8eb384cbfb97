/** The steps of a training run that a side's network is one of. */

import { element } from "../../shared/element.js";
import { formatInteger, formatPercent } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { request } from "../../api/api.js";

/** @typedef {import("../../types.js").Checkpoint} Checkpoint */

const OF_RUN = /^(?<design>\w+)\.run-(?<run>[0-9a-f]{8})(@(?<step>\d+))?$/;

/** @param {string} model @returns {string | null} the id of the run that it was left by */
export const runOf = (model) => OF_RUN.exec(model)?.groups?.run ?? null;

/** @param {Checkpoint} checkpoint */
const words = ({ step, epoch, accuracy }) =>
  `step ${formatInteger(step)}, epoch ${epoch}${accuracy === null ? "" : `, ${formatPercent(accuracy)}`}`;

/** @param {import("./address.js").Side} side @param {import("./page.js").Page} page */
export function createSteps(side, { address, comparison }) {
  const latest = createLatest();
  const select = element("select", {
    class: "select",
    attributes: { "aria-label": `Step of the run on the ${side}` },
    on: { change: () => address.open(side, select.value, comparison.get()) },
  });
  const node = element("label", { class: "field", attributes: { hidden: true } }, "after", select);
  let asked = "";

  return {
    node,

    update() {
      const { model } = comparison.get()[side];
      const run = runOf(model);
      node.hidden = run === null;
      if (run === null) {
        latest.cancel();
        asked = "";
        return;
      }
      if (asked === model) return;
      asked = model;
      latest.run(
        /** @returns {Promise<{checkpoints: Checkpoint[]}>} */
        (signal) => request(`/training/runs/${run}/checkpoints`, { signal }),
        ({ checkpoints }) => {
          const is_newest = !checkpoints.some((each) => each.model === model);
          select.replaceChildren(
            ...checkpoints.map((each) =>
              element("option", { text: words(each), attributes: { value: each.model } }),
            ),
            ...(is_newest
              ? [element("option", { text: "its newest step", attributes: { value: model } })]
              : []),
          );
          select.value = model;
        },
        () => {
          node.hidden = true; // the side itself says what is wrong with the run
        },
      );
    },
  };
}
