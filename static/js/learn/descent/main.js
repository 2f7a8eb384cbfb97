/** The chapter of descent: what a gradient buys. */

import { choice, createChapterAddress, number, numbers } from "../parts/address.js";
import { startChapter } from "../parts/chapter.js";
import { createDigitsRace } from "./digits_race.js";
import { createLoop } from "./loop.js";
import { createOwnDigit } from "./own_digit.js";
import { createRateLesson } from "./rate.js";
import { NAMES, REACH, SEEDS } from "./searchers.js";
import { PASSES, createSurfaceRace } from "./surface_race.js";

/** @typedef {import("./searchers.js").SearcherName} SearcherName */
/** @typedef {typeof address} Address */
/** @typedef {ReturnType<Address["get"]>} Shown */

const whole = { whole: true };

const address = createChapterAddress({
  // The race on the surface.
  surface: choice("bowl", /** @type {const} */ (["bowl", "ripples"])),
  start: numbers([-2.4, 2], { low: -REACH, high: REACH }),
  rate: number(0.15, { low: 0.005, high: 1 }),
  momentum: number(0, { low: 0, high: 0.95 }),
  batch: number(4, { low: 1, high: 16, ...whole }),
  seed: number(0, { low: 0, high: SEEDS - 1, ...whole }),
  pass: number(PASSES, { low: 0, high: PASSES, ...whole }),
  hidden: {
    usual: /** @type {SearcherName[]} */ ([]),
    read: (/** @type {string} */ text) => NAMES.filter((name) => text.split(",").includes(name)),
    write: (/** @type {SearcherName[]} */ names) => names.join(","),
  },
  // The loop.
  loop: choice("full_gradient", NAMES),
  line: number(0, { low: 0, high: 200, ...whole }),
  // The rate, until it diverges.
  lambda1: number(1, { low: 0.1, high: 10 }),
  lambda2: number(4, { low: 0.1, high: 10 }),
  alpha: number(0.3, { low: 0.01, high: 4 }),
  m: number(0, { low: 0, high: 0.95 }),
  k: number(3, { low: 0, high: 30, ...whole }),
  // The race on digits.
  digits_rate: number(0.05, { low: 0.005, high: 1 }),
  digits_momentum: number(0, { low: 0, high: 0.95 }),
  digits_batch: number(32, { low: 1, high: 256, ...whole }),
  digits_seed: number(0, { low: 0, high: SEEDS - 1, ...whole }),
  // One's own digit.
  label: choice("7", Array.from({ length: 10 }, (_, digit) => String(digit))),
  own_rate: number(0.02, { low: 0.001, high: 1 }),
  across: choice("evaluations", /** @type {const} */ (["evaluations", "steps", "seconds"])),
});

startChapter(address, ({ api, part, is_embedded }) => {
  const loop = createLoop(address);
  createSurfaceRace(address, { is_embedded, fail: part().fail, onRace: loop.show });
  createRateLesson(address, part().fail);
  createDigitsRace(address, part().fail);
  if (!is_embedded) createOwnDigit(api, address, part().fail);
});
