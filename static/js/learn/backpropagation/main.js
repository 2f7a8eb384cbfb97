/** Chapter 7: a graph stepped forward and back, Jacobians, and the blame in a real network. */

import { choice, createChapterAddress, number, numbers, text } from "../parts/address.js";
import { startChapter } from "../parts/chapter.js";
import { createGraphStage } from "./graph_stage.js";
import { createJacobianStage } from "./jacobian_stage.js";
import { createOwnScores } from "./own_scores.js";
import { FIRST, SECOND, START } from "./functions.js";
import { GRAPHS, MOST_SQUARES } from "./presets.js";

/** @typedef {typeof address} BlameAddress */

const NUMBER = { low: -1000, high: 1000 };
const one_number = number(0, NUMBER);

/** Values by name: `x:2,b:-3`. @type {import("../parts/address.js").Kept<Record<string, number>>} */
const values = {
  usual: {},
  read(written) {
    const pairs = written.split(",").flatMap((pair) => {
      const [name, value = ""] = pair.split(":");
      const found = one_number.read(value);
      return found === null || !/^[A-Za-z]\w{0,11}$/.test(name) ? [] : [[name, found]];
    });
    return Object.fromEntries(pairs.slice(0, 40));
  },
  write: (given) =>
    Object.entries(given)
      .map(([name, value]) => `${name}:${one_number.write(value)}`)
      .join(","),
};

/** @type {import("../parts/address.js").Kept<number | null>} */
const inflow = {
  usual: null,
  read: one_number.read,
  write: (value) => (value === null ? "" : one_number.write(value)),
};

const names = /** @type {const} */ ({ low: 0, whole: true });
const address = createChapterAddress({
  graph: choice(
    /** @type {import("./presets.js").GraphName} */ ("fork"),
    GRAPHS.map(({ value }) => value),
  ),
  expr: text("", 200),
  values,
  inflow,
  at: number(0, { ...names, high: 100 }),
  node: text("", 12),
  squares: number(4, { low: 1, high: MOST_SQUARES, whole: true }),
  activation: choice(
    /** @type {import("./functions.js").ActivationName} */ ("relu"),
    ["relu", "tanh", "sigmoid", "identity"],
  ),
  first: choice(
    /** @type {import("./functions.js").FunctionName} */ ("linear"),
    FIRST.map(({ value }) => value),
  ),
  second: choice(
    /** @type {import("./functions.js").SecondName} */ ("softmax"),
    SECOND.map(({ value }) => value),
  ),
  layout: choice(/** @type {"column" | "row"} */ ("column"), ["column", "row"]),
  right: number(0, { ...names, high: 2 }),
  entry: text("product 0 0", 20),
  x: numbers(START.x, { low: -10, high: 10 }),
  own: text("", 6),
});

startChapter(address, async (chapter) => {
  createGraphStage(address, chapter.part());
  createJacobianStage(address, chapter.part());
  await createOwnScores(address, chapter.part());
});
