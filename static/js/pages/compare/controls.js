/** What is compared: the switch of modes, the way the channels go together, swap, runs. */

import { button, element } from "../../shared/element.js";
import { formatPercent } from "../../shared/format.js";
import { request } from "../../api/api.js";
import { SIDES } from "./address.js";
import { runOf } from "./steps.js";

/** @typedef {import("./address.js").Mode} Mode */
/** @typedef {import("./address.js").Lock} Lock */
/** @typedef {import("../../types.js").Run} Run */

const MODES = /** @type {[Mode, string][]} */ ([
  ["networks", "two networks, one picture"],
  ["pictures", "two pictures, one network"],
  ["free", "both differ"],
]);
const LOCKS = /** @type {[Lock, string][]} */ ([
  ["same", "the same channel on both sides"],
  ["alike", "the channel of B most like A's"],
  ["free", "any channel on each side"],
]);

/** @param {import("./page.js").Page} page */
export function createModeSwitch({ address, comparison }) {
  const inputs = MODES.map(([mode]) =>
    element("input", {
      attributes: { type: "radio", name: "compare-mode", value: mode },
      on: { change: () => choose(mode) },
    }),
  );

  /** @param {Mode} mode */
  function choose(mode) {
    const { left, right } = comparison.get();
    const before = address.get();
    const one = { ...before.left, model: left.model, image: left.image };
    const other = { ...before.right, model: right.model, image: right.image };
    if (mode === "networks") {
      // What was shared before is open to be found anew: another network beside this one.
      const is_one = left.model === right.model;
      Object.assign(other, { image: left.image, ...(is_one ? { model: null, layer: null } : {}) });
    }
    if (mode === "pictures") {
      const is_one = left.image === right.image;
      Object.assign(other, { model: left.model, ...(is_one ? { image: null } : {}) });
    }
    address.change({ mode, left: one, right: other, lock: null });
  }
  const node = element(
    "div",
    { class: "switch compare-modes", attributes: { role: "radiogroup", "aria-label": "What is compared" } },
    ...MODES.map(([, text], place) => element("label", {}, inputs[place], element("span", { text }))),
  );
  const update = () => {
    for (const input of inputs) input.checked = input.value === address.get().mode;
  };
  address.subscribe(update);
  update();
  return { node };
}

/** @param {import("./page.js").Page} page */
export function swapSides({ address, comparison }) {
  const before = address.get();
  const { left, right } = comparison.get();
  const lock = comparison.lock();
  /** @param {"left" | "right"} side */
  const shown = (side) => {
    const { model, image, layer, channel } = { left, right }[side];
    const chosen = before[side];
    const is_named = lock !== "same" && before.left.layer !== null;
    return {
      ...{ model, image },
      layer: lock === "same" ? before.left.layer : is_named ? (layer?.id ?? null) : chosen.layer,
      channel: lock === "same" ? before.left.channel : before.left.channel === null ? chosen.channel : channel,
    };
  };
  address.swap({ left: shown("left"), right: shown("right") });
}

/** @param {import("./page.js").Page} page */
export function createLockChoice({ address, comparison }) {
  const select = element("select", {
    class: "select",
    attributes: { "aria-label": "How the channels go together" },
    on: { change: () => choose(/** @type {Lock} */ (select.value)) },
  });
  const options = LOCKS.map(([lock, text]) => element("option", { text, attributes: { value: lock } }));
  select.append(...options);

  /** @param {Lock} lock */
  function choose(lock) {
    const { right } = comparison.get();
    const kept = lock === "free" ? { layer: right.layer?.id ?? null, channel: right.channel } : {};
    address.change({ lock, right: { ...address.get().right, ...kept } });
  }
  const node = element(
    "div",
    { class: "part part-lock" },
    element("label", { class: "field" }, "channels", select),
  );
  return {
    node,
    update() {
      const { left, right } = comparison.get();
      const is_known = left.detail !== null && right.detail !== null;
      select.disabled = !is_known;
      options[0].disabled = is_known && comparison.lock() !== "same" && left.detail?.architecture !== right.detail?.architecture;
      select.value = comparison.lock();
    },
  };
}

/** How drawn digits are laid into the input; for networks that take them both ways. @param {import("./page.js").Page} page */
export function createPreparationChoice({ address, catalogue, comparison }) {
  const select = element(
    "select",
    {
      class: "select",
      attributes: { "aria-label": "How drawn digits are laid into the input" },
      on: {
        change: () =>
          address.change({ preparation: select.value === "as-drawn" ? "as-drawn" : "centred" }),
      },
    },
    element("option", { text: "put into the middle", attributes: { value: "centred" } }),
    element("option", { text: "as drawn", attributes: { value: "as-drawn" } }),
  );
  const node = element("label", { class: "field", attributes: { hidden: true } }, "digits", select);
  return {
    node,
    update() {
      const sides = SIDES.map((side) => comparison.get()[side]);
      // Before the networks have been read, so that nothing moves when they are.
      const known = sides.map(({ detail, model }) => detail ?? catalogue.find(model));
      node.hidden = !known.some((each) => each?.preparations.includes("as-drawn"));
      select.value = address.get().preparation;
    },
  };
}

/** @param {import("./page.js").Page} page */
export function createRuns({ address, comparison }) {
  const select = element("select", {
    class: "select",
    attributes: { "aria-label": "Two steps of a training run" },
    on: { change: () => open(select.value) },
  });
  // In its place before it is known which there are, so that nothing moves when it is.
  const label = element("label", { class: "field" }, "training run", select);
  const curves = element("a", { text: "Train a network", attributes: { href: "./train" } });
  const node = element("div", { class: "compare-line compare-runs" }, label, curves);
  /** @type {Run[]} */
  let runs = [];
  offer("two steps of a run …");

  /** The first step beside the last one. @param {string} id */
  function open(id) {
    const found = runs.find((run) => run.id === id);
    const [first, last] = [found?.checkpoints[0], found?.checkpoints.at(-1)];
    if (!first || !last) return;
    const nothing = { image: null, layer: null, channel: null };
    address.change({
      ...{ mode: "networks", lock: null, class_index: null, carried: [], at: null, unit: null },
      left: { ...nothing, model: first.model },
      right: { ...nothing, model: last.model },
    });
  }

  /** @param {string} text while none is chosen */
  function offer(text) {
    select.replaceChildren(
      element("option", { text, attributes: { value: "", disabled: true } }),
      ...runs.map((run) => element("option", { text: words(run), attributes: { value: run.id } })),
    );
    select.disabled = runs.length === 0;
  }

  /** @param {Run} run */
  function words({ choice, created, held_out_accuracy, state }) {
    const outcome = held_out_accuracy === null ? state.replaceAll("_", " ") : formatPercent(held_out_accuracy);
    return `${choice.architecture} on ${choice.data}, ${new Date(created).toLocaleString()}, ${outcome}`;
  }

  function update() {
    const of = [...new Set(SIDES.map((side) => runOf(comparison.get()[side].model)))];
    const ids = of.flatMap((id) => id ?? []);
    const which = ids.length > 1 ? "Both learning curves" : "Its learning curve";
    curves.textContent = ids.length === 0 ? "Train a network" : which;
    curves.href = ids.length === 0 ? "./train" : `./train?${ids.length > 1 ? "runs" : "run"}=${ids.join(",")}`;
    select.value = of.length === 1 && of[0] !== null ? of[0] : "";
  }

  return {
    node,
    update,

    none: () => offer("none here"),

    async load() {
      /** @type {{runs: Run[]}} */
      const found = await request("/training/runs");
      runs = found.runs.filter(({ checkpoints }) => checkpoints.length > 1);
      offer(runs.length === 0 ? "none with two checkpoints" : "two steps of a run …");
      update();
    },
  };
}

/** @param {() => void} swap */
export const createSwap = (swap) =>
  button("Swap sides", swap, { class: "button button-small", title: "A becomes B (s)" });
