/** Five searchers on a surface of two weights, played back side by side. */

import { byId, button, element } from "../../shared/element.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createFormula } from "../parts/formula.js";
import { createNumberField } from "../../shared/number_field.js";
import { createStepper } from "../../shared/stepper.js";
import { createSurface } from "../parts/surface.js";
import { createNewest } from "../parts/newest.js";
import { createSurfaceAsking } from "./asking.js";
import { createDirections } from "./directions.js";
import { createDip } from "./dip.js";
import { createRaceTable } from "./race_table.js";
import { LOWEST, REACH, SEARCHERS, SEEDS, indexAt } from "./searchers.js";
import { watch } from "./watch.js";

/** @typedef {import("./searchers.js").Place} Place */
/** @typedef {import("./searchers.js").RaceAnswer} RaceAnswer */

export const PASSES = 60;
/** What is seen of the race before it is guessed how it ends. */
const FIRST_PASSES = 5;
const FREQUENCY = 6;
/** What each surface is: no sliders for these, there are enough. */
const SURFACES = {
  bowl: { curvatures: [1, 4], ripple: 0, frequency: FREQUENCY, noise: 1 },
  ripples: { curvatures: [1, 1], ripple: 0.4, frequency: FREQUENCY, noise: 1 },
};

/** @param {import("./main.js").Shown} shown */
const bodyOf = ({ surface, start, rate, momentum, batch, seed }) => ({
  field: {
    kind: "surface",
    ...SURFACES[surface],
    lowest: LOWEST,
    start,
    passes: PASSES,
  },
  rate,
  momentum,
  batch_size: batch,
  seed,
});

/**
 * @param {import("./main.js").Address} address
 * @param {object} options
 * @param {boolean} options.is_embedded nothing is asked before: all of it is seen
 * @param {(error: unknown) => void} options.fail
 * @param {(answer: RaceAnswer) => void} options.onRace
 */
export function createSurfaceRace(address, { is_embedded, fail, onRace }) {
  /** @type {RaceAnswer | null} */
  let race = null;
  /** The question that the race answers. */
  let answered = "";

  const map = createSurface(byId("race-map"), {
    label: "the race",
    reach: REACH,
    onStart: (start) => address.change({ start }),
  });
  const table = createRaceTable(byId("race-table"), (hidden) => address.change({ hidden }));
  const controls = createControls(address);
  const height = createFormula("descent.height");
  const directions = createDirections();
  const dip = createDip();
  /** @param {import("./main.js").Shown} shown */
  const lastOf = ({ guesses }) => (is_embedded || guesses.race ? PASSES : FIRST_PASSES);
  let last = lastOf(address.get());
  const stepper = createStepper(byId("race-stepper"), {
    label: "The race, a pass over the 16 examples at a time",
    last,
    at: Math.min(last, address.get().pass),
    per_second: 12,
    describe: (pass) =>
      `pass ${pass} of ${PASSES}: ${pass * 16} looks each${pass === last && last < PASSES ? "; guess, and it goes on" : ""}`,
    onShow: () => showPass(),
    onRest: (pass) => address.change({ pass }),
  });

  const ask = createSurfaceAsking();
  const newest = createNewest(
    (/** @type {ReturnType<typeof bodyOf>} */ body) => ask(body),
    (answer, body) => {
      race = answer;
      answered = JSON.stringify(body);
      if (answer.heights) map.showHeights(answer.heights, LOWEST);
      showPass();
      byId("race-map").dataset.answered = answered;
      onRace(answer);
    },
    fail,
  );

  function showPass() {
    if (!race) return;
    const { hidden } = address.get();
    const looks = stepper.get() * race.examples;
    const rows = SEARCHERS.map((searcher) => {
      const history = /** @type {RaceAnswer} */ (race).searchers[searcher.name];
      return { ...searcher, history, index: indexAt(history, looks) };
    });
    map.showPaths(
      rows
        .filter(({ name }) => !hidden.includes(name))
        .map(({ name, tone, history, index }) => ({
          name,
          tone,
          places: history.places.slice(0, index + 1),
          is_thin: name === "one_at_a_time",
        }))
        // The roughest way lies under the others.
        .reverse(),
      // Until the answer is there, the ways from the start before are better than none.
      { is_old: answered !== JSON.stringify(bodyOf(address.get())) },
    );
    table.show(rows, hidden, address.get().surface === "ripples" ? Math.PI / FREQUENCY : null);
    const full = indexAt(race.searchers.full_gradient, looks);
    dip.show(SURFACES[address.get().surface], race.searchers.full_gradient.places, full);
  }

  /** @param {import("./main.js").Shown} shown */
  function show(shown) {
    controls.show(shown);
    const field = SURFACES[shown.surface];
    const { curvatures } = field;
    map.showStart(shown.start, directions.show(field, shown.start, shown.rate));
    const before = last;
    last = lastOf(shown);
    if (last !== before) stepper.setLast(last);
    if (last > before) stepper.play();
    // Who asked for less motion is at its end already, and so is the address.
    const pass = Math.min(last, address.get().pass);
    if (pass !== stepper.get() && !stepper.isPlaying()) stepper.go(pass);
    const distances = shown.start.map((value, axis) => Math.abs(value - LOWEST[axis]));
    byId("race-height").hidden = shown.surface !== "bowl";
    height.fill({
      lambda1: curvatures[0],
      lambda2: curvatures[1],
      d1: distances[0],
      d2: distances[1],
      loss: (curvatures[0] * distances[0] ** 2 + curvatures[1] * distances[1] ** 2) / 2,
    });
    const body = bodyOf(shown);
    if (JSON.stringify(body) !== answered) newest.want(body);
    showPass();
  }
  watch(
    address,
    ["surface", "start", "rate", "momentum", "batch", "seed", "pass", "hidden", "guesses"],
    show,
  );
}

/** @param {import("./main.js").Address} address */
function createControls(address) {
  const surface = createChosenOne({
    label: "Surface",
    choices: /** @type {const} */ ([
      { value: "bowl", text: "A bowl" },
      { value: "ripples", text: "With ripples" },
    ]),
    value: address.get().surface,
    onChange: (value) => address.change({ surface: value }, { step: true }),
  });
  const rate = createNumberField({
    label: "Rate α",
    low: 0.005,
    high: 1,
    step: 0.005,
    value: address.get().rate,
    logarithmic: true,
    onChange: (value) => address.change({ rate: value }),
  });
  const momentum = createNumberField({
    label: "Momentum m",
    low: 0,
    high: 0.95,
    step: 0.05,
    value: address.get().momentum,
    onChange: (value) => address.change({ momentum: value }),
  });
  const batch = createNumberField({
    label: "Minibatch of",
    low: 1,
    high: 16,
    step: 1,
    value: address.get().batch,
    onChange: (value) => address.change({ batch: value }),
  });
  const start = [0, 1].map((axis) =>
    createNumberField({
      label: `Start w${"₁₂"[axis]}`,
      low: -REACH,
      high: REACH,
      step: 0.01,
      value: address.get().start[axis],
      onChange(value) {
        const at = /** @type {Place} */ ([...address.get().start]);
        at[axis] = value;
        address.change({ start: at });
      },
    }),
  );
  const luck = button("Other luck", another, { title: "Another seed for everything random" });
  function another() {
    address.change({ seed: (address.get().seed + 1) % SEEDS });
  }
  const seed = element("span", { class: "number-label figure" });
  byId("race-controls").append(
    surface.node,
    ...[rate, momentum, batch, ...start].map(({ node }) => node),
    element("div", { class: "race-luck" }, luck, seed),
  );
  return {
    /** @param {import("./main.js").Shown} shown */
    show(shown) {
      surface.show(shown.surface);
      rate.show(shown.rate);
      momentum.show(shown.momentum);
      batch.show(shown.batch);
      start.forEach((field, axis) => field.show(shown.start[axis]));
      seed.textContent = `seed ${shown.seed}`;
    },
  };
}
