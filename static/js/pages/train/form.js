/** What to train: design, data, engine, and the rule for updates. */

import { button, element } from "../../shared/element.js";
import { formatCount } from "../../shared/format.js";

/** @typedef {import("../../types.js").RunChoice} Choice */

// A recipe's own number of epochs is for accuracy; to watch, fewer do.
const MOST_EPOCHS_TO_WATCH = 10;

/**
 * @param {string} name
 * @param {string} text
 * @param {(name: string) => void} onChange
 */
function createSelect(name, text, onChange) {
  const node = element("select", {
    class: "select",
    attributes: { id: `train-${name}`, name, required: true },
    on: { change: () => onChange(name) },
  });
  const label = element("label", { text, attributes: { for: `train-${name}` } });
  return { node, row: element("div", { class: "train-field" }, label, node) };
}

/**
 * Chooses a value, or asks for another one where it cannot be had: the form is not sent without.
 *
 * @param {HTMLSelectElement} select
 * @param {string} value
 */
function choose(select, value) {
  select.querySelector("[data-missing]")?.remove();
  const option = [...select.options].find((each) => each.value === value && !each.disabled);
  if (!option) {
    select.prepend(
      element("option", {
        text: `${value}: not here, choose another`,
        attributes: { value: "", "data-missing": value },
      }),
    );
  }
  select.value = option ? value : "";
}

/**
 * @param {string} name
 * @param {string} text
 * @param {Record<string, string | number>} attributes
 */
function createNumber(name, text, attributes) {
  const node = element("input", {
    class: "number-input",
    attributes: { id: `train-${name}`, name, type: "number", required: true, ...attributes },
  });
  const label = element("label", { text, attributes: { for: `train-${name}` } });
  return { node, row: element("div", { class: "train-field" }, label, node) };
}

/**
 * @param {HTMLElement} parent
 * @param {{session: import("./session.js").Session}} parts
 */
export function createForm(parent, { session }) {
  const design = createSelect("architecture", "Network", useDefaults);
  const data = createSelect("data", "Data", update);
  const engine = createSelect("engine", "Engine", update);
  const optimiser = createSelect("optimiser", "Optimiser", update);
  const rate = createNumber("learning_rate", "Learning rate", { min: 0, step: "any" });
  const batch = createNumber("batch_size", "Batch", { min: 1, max: 1024, step: 1 });
  const epochs = createNumber("epochs", "Epochs", { min: 1, max: 1000, step: 1 });
  const seed = createNumber("seed", "Seed", { min: 0, step: 1, value: 0 });
  const note = element("p", { class: "quiet train-note" });
  const missing_data = element("p", {
    class: "notice train-missing",
    attributes: { role: "status", hidden: true },
  });
  const start = element("button", {
    class: "button button-primary",
    text: "Start training",
    attributes: { type: "submit" },
  });
  const recipe = button("As the recipe says", () => useDefaults(), {
    class: "button button-quiet button-small",
    title: "Set rate, batch and optimiser to what this network is trained with",
  });
  const fields = element(
    "fieldset",
    { class: "train-fields" },
    design.row,
    data.row,
    missing_data,
    engine.row,
    optimiser.row,
    element("div", { class: "train-pair" }, rate.row, batch.row),
    element("div", { class: "train-pair" }, epochs.row, seed.row),
    note,
    element("div", { class: "train-start" }, start, recipe),
  );
  const form = element(
    "form",
    {
      on: {
        /** @param {Event} event */
        submit(event) {
          event.preventDefault();
          session.start(chosen());
        },
      },
    },
    fields,
  );
  parent.append(form);

  /** @type {import("../../types.js").TrainingOffer | null} */
  let offer = null;
  /** @type {string | null} */
  let shown_run = null;

  /** @returns {Choice} */
  function chosen() {
    return {
      architecture: design.node.value,
      data: data.node.value,
      engine: /** @type {Choice["engine"]} */ (engine.node.value),
      optimiser: /** @type {Choice["optimiser"]} */ (optimiser.node.value),
      learning_rate: rate.node.valueAsNumber,
      batch_size: batch.node.valueAsNumber,
      epochs: epochs.node.valueAsNumber,
      seed: seed.node.valueAsNumber,
    };
  }

  /** @param {Partial<Choice>} choice */
  function put(choice) {
    const nodes = [design, data, engine, optimiser, rate, batch, epochs, seed];
    for (const { node } of nodes) {
      const value = choice[/** @type {keyof Choice} */ (node.name)];
      if (value === undefined) continue;
      if (node instanceof HTMLSelectElement) choose(node, String(value));
      else node.value = String(value);
      if (node === design.node) offerEngines();
    }
    update();
  }

  function useDefaults() {
    const found = offer?.architectures.find(({ name }) => name === design.node.value);
    if (!found) return;
    const { optimiser: rule, learning_rate, batch_size } = found.defaults;
    put({
      optimiser: rule,
      learning_rate,
      batch_size,
      epochs: Math.min(found.defaults.epochs, MOST_EPOCHS_TO_WATCH),
    });
  }

  /** Those that can train the network that is chosen. */
  function offerEngines() {
    const can = offer?.architectures.find(({ name }) => name === design.node.value)?.engines;
    if (!can) return;
    for (const option of engine.node.options) {
      option.disabled = !can.some((name) => name === option.value);
      option.title = option.disabled ? "It lacks a part of this network" : "";
    }
    if (engine.node.selectedOptions[0]?.disabled) engine.node.value = can[0];
  }

  function update() {
    const { run, is_waiting } = session.get();
    const rule = offer?.optimisers.find(({ name }) => name === optimiser.node.value);
    const defaults = offer?.architectures.find(({ name }) => name === design.node.value)?.defaults;
    const momentum = rule && rule.name !== "sgd" && defaults ? `, m = ${defaults.momentum}` : "";
    note.textContent = rule
      ? `${rule.rule}${momentum}. The rate r falls to 0 along half a cosine.`
      : "";
    const missing = data.node.querySelector("option:checked")?.getAttribute("data-missing");
    missing_data.hidden = !missing;
    missing_data.textContent = `The pictures of this run (${missing}) are not offered here. Choose \
data, or train it again where it was trained: at the command line.`;
    offerEngines();
    // Whether another run goes on is for the server to say: it may be over by now.
    const is_busy = run?.is_going_on === true && run.origin === "server";
    fields.disabled = !offer?.allowed || is_waiting || is_busy;
    start.textContent = run && !run.is_going_on ? "Train again" : "Start training";
  }

  /** @param {import("../../types.js").TrainingOffer} received */
  function fill(received) {
    offer = received;
    design.node.replaceChildren(
      ...received.architectures.map(({ name, title, parameters }) =>
        element("option", {
          text: `${title} (${formatCount(parameters)})`,
          attributes: { value: name },
        }),
      ),
    );
    data.node.replaceChildren(
      ...received.data.map(({ name, title, available, detail }) =>
        element("option", {
          text: available ? title : `${title}: not here`,
          attributes: { value: name, disabled: !available, title: detail ?? "" },
        }),
      ),
    );
    optimiser.node.replaceChildren(
      ...received.optimisers.map(({ name, title }) =>
        element("option", { text: title, attributes: { value: name } }),
      ),
    );
    engine.node.replaceChildren(
      ...received.engines.map(({ name, title }) =>
        element("option", { text: title, attributes: { value: name } }),
      ),
    );
    const usual = received.data.find(({ available, is_here }) => available && is_here);
    put({ architecture: received.architectures[0]?.name, data: usual?.name });
    useDefaults();
  }

  session.subscribe(({ offer: received, run }) => {
    if (received && offer === null) fill(received);
    offer = received;
    if (offer && run && run.id !== shown_run) {
      shown_run = run.id;
      put(run.choice);
    }
    update();
  });
  update();
}
