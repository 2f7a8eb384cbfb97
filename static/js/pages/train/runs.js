/** The runs that the server keeps. */

import { element } from "../../shared/element.js";
import { formatPercent } from "../../shared/format.js";

/** @typedef {import("../../types.js").Run} Run */

const MOST = 8;

/** @param {Run} run */
function outcomeOf({ state, is_going_on, held_out_accuracy }) {
  if (is_going_on) return "going on";
  if (state === "learned_nothing") return "learned nothing";
  return held_out_accuracy === null ? state : formatPercent(held_out_accuracy);
}

/**
 * @param {HTMLElement} parent
 * @param {{session: import("./session.js").Session, address: import("./address.js").Address}}
 *   parts
 */
export function createRuns(parent, { session, address }) {
  const list = element("ul", { class: "train-runs" });
  const heading = element("h3", { text: "Runs on this server" });
  parent.append(heading, list);

  /** @param {Run} run */
  function item(run) {
    const { architecture, data, optimiser, batch_size } = run.choice;
    // What learns from minibatches does much the same; the others differ by far.
    const how = batch_size === null ? `, ${optimiser}` : "";
    const link = element("a", {
      text: `${architecture} on ${data}${how}`,
      attributes: {
        href: `?run=${encodeURIComponent(run.id)}`,
        "aria-current": run.id === address.get().run,
        title: `run ${run.id}, ${run.created}`,
      },
      on: {
        /** @param {MouseEvent} event */
        click(event) {
          event.preventDefault();
          address.change({ run: run.id, step: null });
        },
      },
    });
    return element("li", {}, link, element("span", { class: "quiet", text: outcomeOf(run) }));
  }

  function update() {
    const { runs } = session.get();
    parent.hidden = runs.length === 0;
    list.replaceChildren(...runs.slice(0, MOST).map(item));
  }
  session.subscribe(({ runs }, before) => {
    if (runs !== before.runs) update();
  });
  address.subscribe(({ run }, before) => {
    if (run !== before.run) update();
  });
  update();
}
