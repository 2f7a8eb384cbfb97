/** What to train: design, data, engine, and the rule for updates. */

import { button, element } from "../../shared/element.js";
import { formatCount } from "../../shared/format.js";
import { choose, createNumber, createSelect, isSetAnew } from "./fields.js";
import { createOwnPictures } from "./own_pictures.js";

/** @typedef {import("../../types.js").RunChoice} Choice */
/** @typedef {import("../../types.js").Optimiser} Optimiser */

// A recipe's own number of epochs is for accuracy; to watch, fewer do.
const MOST_EPOCHS_TO_WATCH = 10;

/**
 * @param {HTMLElement} parent
 * @param {{session: import("./session.js").Session, address: import("./address.js").Address,
 *   training: import("./training_api.js").TrainingApi}} parts
 */
export function createForm(parent, { session, address, training }) {
  const design = createSelect("architecture", "Network", () => useDefaults(optimiser.node.value));
  const data = createSelect("data", "Data", update);
  const own_box = element("div", { class: "train-own" });
  const engine = createSelect("engine", "Engine", update);
  const optimiser = createSelect("optimiser", "Optimiser", changeOptimiser);
  const rate = createNumber("learning_rate", "Learning rate r", { min: 0, step: "any" });
  const schedule = createSelect("schedule", "Over time", update);
  const scale = createNumber("scale", "Scale s", { min: 0, step: "any" });
  const batch = createNumber("batch_size", "Batch", { min: 1, max: 1024, step: 1 });
  const epochs = createNumber("epochs", "Epochs", { min: 1, max: 1000, step: 1 });
  const seed = createNumber("seed", "Seed", { min: 0, step: 1, value: 0 });
  const rule = element("p", { class: "figure train-rule", attributes: { id: "train-rule" } });
  const note = element("p", { class: "quiet train-note", attributes: { id: "train-note" } });
  optimiser.node.setAttribute("aria-describedby", "train-rule train-note");
  schedule.node.replaceChildren(
    element("option", { text: "falls to 0", attributes: { value: "cosine" } }),
    element("option", { text: "constant", attributes: { value: "constant" } }),
  );
  const missing_data = element("p", {
    class: "notice train-missing",
    attributes: { role: "status", hidden: true },
  });
  const start = element("button", {
    class: "button button-primary",
    text: "Start training",
    attributes: { type: "submit" },
  });
  const recipe = button("As the recipe says", () => useDefaults(null), {
    class: "button button-quiet button-small",
    title: "Set rate, batch and optimiser to what this network is trained with",
  });
  const fields = element(
    "fieldset",
    { class: "train-fields" },
    design.row,
    data.row,
    missing_data,
    own_box,
    engine.row,
    optimiser.row,
    element("div", { class: "train-words" }, rule, note),
    element(
      "div",
      { class: "train-settings" },
      rate.row,
      schedule.row,
      batch.row,
      scale.row,
      epochs.row,
      seed.row,
    ),
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
  /** The optimiser that the settings were made for. @type {Optimiser | undefined} */
  let set_for;

  const own_pictures = createOwnPictures(own_box, {
    training,
    async onReady(name) {
      await session.refresh();
      choose(data.node, name);
      update();
    },
    async onGone() {
      await session.refresh();
      update();
    },
  });

  /** @param {string} name */
  const ruleOf = (name) => offer?.optimisers.find((each) => each.name === name);

  /** @param {HTMLInputElement} node */
  const numberOf = (node) => (node.disabled ? null : node.valueAsNumber);

  /** @returns {Choice} */
  function chosen() {
    return {
      architecture: design.node.value,
      data: data.node.value,
      engine: /** @type {Choice["engine"]} */ (engine.node.value),
      optimiser: /** @type {Choice["optimiser"]} */ (optimiser.node.value),
      learning_rate: numberOf(rate.node),
      schedule: schedule.node.disabled
        ? null
        : /** @type {Choice["schedule"]} */ (schedule.node.value),
      batch_size: numberOf(batch.node),
      scale: numberOf(scale.node),
      epochs: epochs.node.valueAsNumber,
      seed: seed.node.valueAsNumber,
    };
  }

  /** @param {Partial<Choice>} choice */
  function put(choice) {
    const all = [design, data, engine, optimiser, rate, schedule, batch, scale, epochs, seed];
    for (const { node } of all) {
      const value = choice[/** @type {keyof Choice} */ (node.name)];
      if (value === undefined || value === null) continue;
      if (node instanceof HTMLSelectElement) choose(node, String(value));
      else node.value = String(value);
      if (node === design.node) offerEngines();
    }
    update();
  }

  const recipeDefaults = () =>
    offer?.architectures.find(({ name }) => name === design.node.value)?.defaults;

  /** @param {Optimiser} found @returns {Partial<Choice>} what suits it and the network */
  function settingsFor(found) {
    const defaults = recipeDefaults();
    if (!defaults) return {};
    const own = Object.entries(found.defaults).filter(([, value]) => value !== null);
    const epochs_to_watch = Math.min(defaults.epochs, MOST_EPOCHS_TO_WATCH);
    return { ...defaults, epochs: epochs_to_watch, ...Object.fromEntries(own) };
  }

  /** @param {string | null} name of an optimiser; null: the recipe's */
  function useDefaults(name) {
    const found = ruleOf(name ?? recipeDefaults()?.optimiser ?? "");
    if (!found) return;
    set_for = found;
    put({ ...settingsFor(found), optimiser: found.name });
    if (name === null) address.change({ optimiser: null });
  }

  /** Another one was chosen: what it does not share with the one before is set anew. */
  function changeOptimiser() {
    const found = ruleOf(optimiser.node.value);
    if (!found) return;
    const anew = Object.entries(settingsFor(found)).filter(([name]) =>
      isSetAnew(name, set_for, found),
    );
    set_for = found;
    put({ ...Object.fromEntries(anew), optimiser: found.name });
    address.change({ optimiser: found.name });
  }

  /** What the address names, whatever was trained before. */
  function followAddress() {
    const { optimiser: name } = address.get();
    if (!offer || name === null || name === optimiser.node.value) return;
    choose(optimiser.node, name);
    changeOptimiser();
    update();
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
    showRule();
    const missing = data.node.querySelector("option:checked")?.getAttribute("data-missing");
    missing_data.hidden = !missing;
    missing_data.textContent = `The pictures of this run (${missing}) are not offered here. Choose \
data, or train it again where it was trained: at the command line.`;
    offerEngines();
    if (offer) own_pictures.show(data.node.value);
    // Whether another run goes on is for the server to say: it may be over by now.
    const is_busy = run?.is_going_on === true && run.origin === "server";
    // The run that the page is for brings its own settings.
    const is_awaited = run === null && address.get().run !== null;
    fields.disabled = !offer?.allowed || is_waiting || is_busy || is_awaited;
    start.textContent = run && !run.is_going_on ? "Train again" : "Start training";
  }

  /** The rule, and the settings that it has. */
  function showRule() {
    const found = ruleOf(optimiser.node.value);
    // A line breaks between the parts of a rule, not within one.
    const parts = (found?.rule ?? "").split(/(?<=[,;]) /);
    rule.replaceChildren(
      ...parts.flatMap((text) => [element("span", { class: "train-rule-part", text }), " "]),
    );
    const momentum = found?.settings.includes("momentum")
      ? ` m = ${recipeDefaults()?.momentum}.`
      : "";
    note.textContent = found ? `${found.detail}${momentum}` : "";
    for (const { node, row } of [rate, schedule, batch, scale]) {
      row.hidden = found?.settings.includes(node.name) === false;
      node.disabled = row.hidden;
    }
  }

  /** Keeps what is chosen, as long as it is there. @param {import("../../types.js").TrainingOffer} received */
  function offerData(received) {
    const missing = data.node.querySelector("[data-missing]")?.getAttribute("data-missing");
    const before = missing ?? data.node.value;
    data.node.replaceChildren(
      ...received.data.map(({ name, title, available, detail }) =>
        element("option", {
          text: available ? title : `${title}: not here`,
          attributes: { value: name, disabled: !available, title: detail ?? "" },
        }),
      ),
    );
    if (!before) return;
    const is_there = received.data.some(({ name, available }) => name === before && available);
    const usual = received.data.find(({ available, is_here }) => available && is_here);
    // What was just deleted is not asked for.
    choose(data.node, is_there || missing ? before : (usual?.name ?? before));
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
    offerData(received);
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
    useDefaults(received.architectures[0]?.defaults.optimiser ?? "");
  }

  session.subscribe(({ offer: received, run }) => {
    if (received && offer === null) {
      fill(received);
      followAddress();
    }
    if (received && offer && received !== offer) offerData(received);
    offer = received;
    if (offer && run && run.id !== shown_run) {
      shown_run = run.id;
      put(run.choice);
      set_for = ruleOf(run.choice.optimiser);
      followAddress();
    }
    update();
  });
  address.subscribe(followAddress);
  own_pictures.open().catch(() => undefined);
  update();
}
