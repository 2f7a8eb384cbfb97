/** The runs that the server keeps: when, with what, how they ended, and what can be done with them. */

import { button, element } from "../../shared/element.js";
import { formatPercent } from "../../shared/format.js";
import { createRunTools } from "./run_tools.js";

/** @typedef {import("../../types.js").Run} Run */

const FEW = 8;

/** @param {Run} run */
function outcomeOf({ state, is_going_on, held_out_accuracy }) {
  if (is_going_on) return "going on";
  if (state === "learned_nothing") return "learned nothing";
  return held_out_accuracy === null ? state : formatPercent(held_out_accuracy);
}

/** @param {string} created */
function whenOf(created) {
  const date = new Date(created);
  const is_today = date.toDateString() === new Date().toDateString();
  return date.toLocaleString("en-GB", {
    ...(is_today ? {} : { day: "numeric", month: "short", year: "numeric" }),
    hour: "2-digit",
    minute: "2-digit",
  });
}

/** @param {Run} run */
export function settingsOf({ choice }) {
  const { optimiser, learning_rate, scale, batch_size, epochs, engine, seed } = choice;
  return [
    optimiser,
    learning_rate === null ? [] : `rate ${learning_rate}`,
    scale === null ? [] : `scale ${scale}`,
    batch_size === null ? "all pictures a step" : `batches of ${batch_size}`,
    epochs === 1 ? "1 epoch" : `${epochs} epochs`,
    engine,
    seed === 0 ? [] : `seed ${seed}`,
  ]
    .flat()
    .join(", ");
}

/**
 * @param {HTMLElement} parent
 * @param {{session: import("./session.js").Session, address: import("./address.js").Address,
 *   training: import("./training_api.js").TrainingApi}} parts
 */
export function createRuns(parent, { session, address, training }) {
  const list = element("ul", { class: "train-runs" });
  const heading = element("h2", { text: "Runs" });
  const more = button("", () => {
    shows_all = !shows_all;
    update();
  }, { class: "button button-quiet button-small" });
  let shows_all = false;
  /** Whose tools are open. @type {string | null} */
  let open = null;
  parent.append(heading, list, more);

  /** @param {string} data */
  const titleOf = (data) =>
    session.get().offer?.data.find(({ name }) => name === data)?.title.split(":")[0] ?? data;

  /** @param {Run} run */
  function item(run) {
    const { architecture, data } = run.choice;
    const { run: shown, other } = address.get();
    const what = `${architecture} on ${data.startsWith("own:") ? titleOf(data) : data}`;
    const link = element("a", {
      text: run.name || what,
      attributes: {
        href: `?run=${encodeURIComponent(run.id)}`,
        "aria-current": run.id === shown,
        title: `run ${run.id}`,
      },
      on: {
        /** @param {MouseEvent} event */
        click(event) {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          address.change({ run: run.id, step: null });
        },
      },
    });
    const details = element(
      "details",
      {
        attributes: { open: open === run.id },
        on: {
          toggle() {
            if (details.open) open = run.id;
            else if (open === run.id) open = null;
          },
        },
      },
      element("summary", { text: "more", attributes: { "aria-label": `More of ${run.name || what}, run ${run.id}` } }),
      createRunTools(run, { session, address, training }),
    );
    const second = run.id === other ? " · second in the plot" : "";
    const facts = `${whenOf(run.created)}${run.name ? ` · ${what}` : ""} · ${settingsOf(run)}${second}`;
    return element(
      "li",
      { attributes: { "data-run": run.id } },
      element("div", { class: "train-run-head" }, link, element("span", { class: "quiet", text: outcomeOf(run) })),
      element("p", { class: "quiet train-run-facts", text: facts }),
      details,
    );
  }

  let drawn = "";
  function update() {
    const { runs, offer } = session.get();
    const { run, other } = address.get();
    // The same again would take the focus from a link, and what is typed from a name.
    const wanted = JSON.stringify([runs, run, other, shows_all, offer?.data.map(({ name }) => name)]);
    if (wanted === drawn) return;
    const typed = list.querySelector("input:focus");
    if (typed) return;
    drawn = wanted;
    parent.hidden = runs.length === 0;
    const before = document.activeElement?.closest("li[data-run]")?.getAttribute("data-run");
    list.replaceChildren(...(shows_all ? runs : runs.slice(0, FEW)).map(item));
    more.hidden = runs.length <= FEW;
    more.textContent = shows_all ? "Fewer" : `All ${runs.length} runs`;
    if (before) /** @type {HTMLElement | null} */ (list.querySelector(`li[data-run="${before}"] a`))?.focus();
  }
  session.subscribe(update);
  address.subscribe(update);
  list.addEventListener("focusout", () => setTimeout(update));
  update();
}
