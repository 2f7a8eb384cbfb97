/** The same five on digits: 7,850 weights, and three ways to say how long something took. */

import { readable } from "../../lenses/arithmetic/values.js";
import { byId, button, element, setText } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createNumberField } from "../../shared/number_field.js";
import { createPlot } from "../parts/plot.js";
import { askRace } from "./asking.js";
import { SEARCHERS, SEEDS } from "./searchers.js";
import { watch } from "./watch.js";

/** @typedef {import("./searchers.js").RaceAnswer} RaceAnswer */
/** @typedef {import("./searchers.js").History} History */

const EXAMPLES = 1000;
const PASSES = 20;

const ACROSS = {
  evaluations: { low: 0, high: EXAMPLES * PASSES, label: "digits looked at" },
  steps: { low: 1, high: EXAMPLES * PASSES, label: "steps", is_log: true },
  seconds: { low: 1e-3, high: 10, label: "seconds of computing", is_log: true },
};

/** @param {import("./main.js").Shown} shown */
const bodyOf = ({ digits_rate, digits_momentum, digits_batch, digits_seed }) => ({
  field: { kind: "digits", examples: EXAMPLES, passes: PASSES },
  rate: digits_rate,
  momentum: digits_momentum,
  batch_size: digits_batch,
  guess_scale: 0.03,
  change_scale: 0.01,
  seed: digits_seed,
});

/**
 * @param {import("./main.js").Address} address
 * @param {(error: unknown) => void} fail
 */
export function createDigitsRace(address, fail) {
  /** @type {RaceAnswer | null} */
  let race = null;
  /** The question of the race that is shown, or under way. */
  let asked = "";
  const latest = createLatest();

  const start = button("Race", toggle, { class: "button button-primary stepper-play" });
  const state = element("output", { class: "stepper-where" });
  const across = createChosenOne({
    label: "Across",
    choices: /** @type {const} */ ([
      { value: "evaluations", text: "digits looked at" },
      { value: "steps", text: "steps" },
      { value: "seconds", text: "seconds" },
    ]),
    value: address.get().across,
    onChange: (value) => address.change({ across: value }, { step: true }),
  });
  const fields = createFields(address);
  byId("digits-run").append(start, state);
  byId("digits-across").append(across.node);
  const plot = createPlot(byId("digits-plot"), {
    title: "Loss on the digits, by what it took",
    x: ACROSS.evaluations,
    y: { low: 0.01, high: 10, label: "loss L (nats)", is_log: true },
    aspect: 0.55,
  });
  const table = createResults();

  function toggle() {
    if (start.dataset.state === "running") {
      stop("Stopped.");
      return;
    }
    const shown = address.get();
    // The same once more would be the same.
    if (start.dataset.state === "done" && asked === JSON.stringify(bodyOf(shown))) {
      address.change({ digits_seed: (shown.digits_seed + 1) % SEEDS });
    }
    run();
  }

  /** @param {string} words */
  function stop(words) {
    latest.cancel();
    say("still", words);
  }

  /** @param {"still" | "running" | "done"} now @param {string} words */
  function say(now, words) {
    start.dataset.state = now;
    setText(start, now === "running" ? "Stop" : race ? "Race again" : "Race");
    setText(state, words);
  }

  function run() {
    const body = bodyOf(address.get());
    asked = JSON.stringify(body);
    race = null;
    say("running", "Under way…");
    latest.run(
      (signal) =>
        askRace(
          body,
          (so_far) => {
            if (signal.aborted) return;
            race = so_far;
            draw();
          },
          signal,
        ),
      (answer) => {
        race = answer;
        fail(null);
        const seconds = Object.values(answer.searchers).reduce(
          (sum, { seconds: spent }) => sum + (spent.at(-1) ?? 0),
          0,
        );
        state.dataset.seconds = String(seconds);
        say(
          "done",
          `${formatInteger(EXAMPLES * PASSES)} looks each, seed ${body.seed}. Their steps took the server ${seconds.toFixed(1)} seconds.`,
        );
        draw();
      },
      (error) => {
        say("still", race ? "Broken off: not the end of it." : "");
        fail(error);
      },
    );
  }

  function draw() {
    const chosen = address.get().across;
    const histories = race?.searchers;
    const slowest = Math.max(0.1, ...Object.values(histories ?? {}).map(({ seconds }) => seconds.at(-1) ?? 0));
    plot.setAxes({
      x: chosen === "seconds" ? { ...ACROSS.seconds, high: slowest } : ACROSS[chosen],
    });
    plot.showCurves(
      SEARCHERS.map(({ name, text, tone }) => ({
        name: text,
        tone,
        points: histories
          ? histories[name][chosen]
              .map((value, index) => [value, histories[name].losses[index]])
              .filter(([value]) => value >= ACROSS[chosen].low)
          : [],
      })),
    );
    table.show(race);
    // What it says is of a race that is over.
    byId("digits-said").hidden = start.dataset.state !== "done";
  }

  /** @param {import("./main.js").Shown} shown */
  function show(shown) {
    across.show(shown.across);
    fields.show(shown);
    if (asked && JSON.stringify(bodyOf(shown)) !== asked && start.dataset.state !== "still") {
      stop("These are other rules: race again.");
    }
    // The guess is made: now see.
    if (!asked && shown.guesses.digits) run();
    draw();
  }
  say("still", "");
  watch(
    address,
    ["digits_rate", "digits_momentum", "digits_batch", "digits_seed", "across", "guesses"],
    show,
  );
}

/** @param {import("./main.js").Address} address */
function createFields(address) {
  const rate = createNumberField({
    label: "Rate α",
    low: 0.005,
    high: 1,
    step: 0.005,
    logarithmic: true,
    value: address.get().digits_rate,
    onChange: (digits_rate) => address.change({ digits_rate }),
  });
  const momentum = createNumberField({
    label: "Momentum m",
    low: 0,
    high: 0.95,
    step: 0.05,
    value: address.get().digits_momentum,
    onChange: (digits_momentum) => address.change({ digits_momentum }),
  });
  const batch = createNumberField({
    label: "Minibatch of",
    low: 1,
    high: 256,
    step: 1,
    value: address.get().digits_batch,
    onChange: (digits_batch) => address.change({ digits_batch }),
  });
  byId("digits-controls").append(rate.node, momentum.node, batch.node);
  return {
    /** @param {import("./main.js").Shown} shown */
    show({ digits_rate, digits_momentum, digits_batch }) {
      rate.show(digits_rate);
      momentum.show(digits_momentum);
      batch.show(digits_batch);
    },
  };
}

/** Who is where, the lowest loss first. */
function createResults() {
  const body = element("tbody", {});
  byId("digits-table").append(
    element(
      "table",
      { class: "race-table" },
      element("caption", { class: "visually-hidden", text: "The race on digits, the lowest first" }),
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          ...["Searcher", "Steps", "Seconds", "Loss L", "New digits right"].map((text) =>
            element("th", { text, attributes: { scope: "col" } }),
          ),
        ),
      ),
      body,
    ),
  );
  return {
    /** @param {RaceAnswer | null} race */
    show(race) {
      const rows = SEARCHERS.map((searcher) => {
        const history = race?.searchers[searcher.name];
        return { ...searcher, history, loss: history?.losses.at(-1) ?? null };
      });
      rows.sort((one, other) => (one.loss ?? 0) - (other.loss ?? 0));
      body.replaceChildren(
        ...rows.map(({ name, text, tone, history, loss }) => {
          const accuracy = race?.accuracy?.[name];
          const cells = [
            history ? formatInteger(history.steps.at(-1) ?? 0) : "·",
            history ? readable(history.seconds.at(-1) ?? 0) : "·",
            loss === null ? "·" : readable(loss),
            accuracy === undefined ? "·" : `${(accuracy * 100).toFixed(1)} %`,
          ];
          return element(
            "tr",
            {
              class: `tone-${tone}`,
              attributes: {
                "data-searcher": name,
                ...(loss === null ? {} : { "data-loss": loss }),
                ...(history ? { "data-looks": history.evaluations.at(-1) ?? 0 } : {}),
                ...(accuracy === undefined ? {} : { "data-accuracy": accuracy }),
              },
            },
            element(
              "th",
              { attributes: { scope: "row" } },
              element("span", { class: "race-name" }, element("span", { class: "race-swatch" }), text),
            ),
            ...cells.map((cell) => element("td", { class: "figure", text: cell })),
          );
        }),
      );
    },
  };
}
