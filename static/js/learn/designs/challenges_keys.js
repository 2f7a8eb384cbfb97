/** The challenges of classification: what is done, how much of it, and how that stands in the address. */

import { choice, number, text } from "../parts/address.js";

/**
 * One property of an edited picture that is slid.
 *
 * @typedef {object} Amount
 * @property {"ch_view" | "ch_turn" | "ch_scale" | "ch_bend" | "ch_cover" | "ch_left" | "ch_top"
 *   | "ch_light" | "ch_clutter"} key in the address
 * @property {import("../../address/picture_edit.js").Property} property of the edit
 * @property {string} label
 * @property {number} low
 * @property {number} high
 * @property {number} step
 * @property {string} unit
 * @property {number} factor from the property to what is shown
 */

/**
 * @typedef {object} Challenge
 * @property {string} name as the server has it
 * @property {string} title
 * @property {string} done what is done, in a sentence or two
 * @property {Amount} amount
 * @property {Amount[]} more besides, set where it is opened
 */

/** @param {Amount["key"]} key @param {Amount["property"]} property @param {string} label @param {number[]} range @param {string} unit @param {number} [factor] @returns {Amount} */
const amount = (key, property, label, [low, high, step], unit, factor = 1) =>
  ({ key, property, label, low, high, step, unit, factor });

/** @type {Challenge[]} */
export const CHALLENGES = [
  {
    name: "viewpoint",
    title: "Viewpoint",
    done: "The flat picture is turned about its upright middle line and seen from two widths away. "
      + "A picture has no back and no depth: what a turn of the thing itself would bring into sight is not in it.",
    amount: amount("ch_view", "viewpoint_degrees", "turned", [-70, 70, 1], "°"),
    more: [amount("ch_turn", "rotation_degrees", "in the plane, too", [-90, 90, 1], "°")],
  },
  {
    name: "scale",
    title: "Scale",
    done: "Smaller or larger about the middle. What comes into sight from beyond the border is grey; around a "
      + "drawn digit it is the empty paper.",
    amount: amount("ch_scale", "scale", "size", [0.3, 3, 0.05], "×"),
    more: [],
  },
  {
    name: "deformation",
    title: "Deformation",
    done: "Bent in waves, one and a half over the width and over the height. How far they reach is given as a "
      + "share of the shorter side.",
    amount: amount("ch_bend", "deformation", "bent", [0, 10, 0.5], "%", 100),
    more: [],
  },
  {
    name: "occlusion",
    title: "Occlusion",
    done: "A grey square. Its side is given as a share of the shorter side of the picture, so 30 % cover less than a "
      + "tenth of it. Move the square to where it hurts.",
    amount: amount("ch_cover", "cover_size", "its side", [0, 100, 1], "%", 100),
    more: [
      amount("ch_left", "cover_left", "from the left", [0, 100, 1], "%", 100),
      amount("ch_top", "cover_top", "from the top", [0, 100, 1], "%", 100),
    ],
  },
  {
    name: "illumination",
    title: "Illumination",
    done: "Every value is multiplied by this; what gets brighter than white stays white.",
    amount: amount("ch_light", "brightness", "light", [0, 3, 0.05], "×"),
    more: [],
  },
  {
    name: "clutter",
    title: "Clutter",
    done: "Squares of a seventh of the shorter side, around a circle in the middle, give way one after "
      + "another to pieces of the other examples; around a drawn digit, to pieces of other digits.",
    amount: amount("ch_clutter", "clutter", "cluttered", [0, 100, 5], "%", 100),
    more: [],
  },
];

export const VARIATION = "variation";
export const DEFAULT_NETWORK = "efficientnet_lite0.imagenet1k";
/** As it is looked at first: what one sees there survives each change alone, and not two. */
export const FIRST_EXAMPLE = "example-coffee";
/** What the 100 held-out digits of each class are called. */
export const MOST_NUMBER = 99;

/** What the part of the chapter keeps in its address; all of it begins with `ch_`. */
export const CHALLENGE_KEYS = {
  ch_network: text("", 128),
  ch_class: number(-1, { low: -1, high: 99_999, whole: true }),
  ch_digit: number(7, { low: 0, high: 9, whole: true }),
  ch_number: number(0, { low: 0, high: MOST_NUMBER, whole: true }),
  ch_view: number(50, { low: -70, high: 70 }),
  ch_turn: number(0, { low: -90, high: 90 }),
  ch_scale: number(0.5, { low: 0.3, high: 3 }),
  ch_bend: number(0.05, { low: 0, high: 0.1 }),
  ch_cover: number(0.3, { low: 0, high: 1 }),
  ch_left: number(0.4, { low: 0, high: 1 }),
  ch_top: number(0.35, { low: 0, high: 1 }),
  ch_light: number(0.2, { low: 0, high: 3 }),
  ch_clutter: number(0.8, { low: 0, high: 1 }),
  ch_open: choice("scale", [...CHALLENGES.map(({ name }) => name), VARIATION]),
  /** The pair that is looked at, `scale,clutter`; `all`; empty: the one that costs most. */
  ch_pair: text("", 40),
  /** Ids of further pictures of the same thing, separated by commas. */
  ch_others: text("", 400),
};

/**
 * The address of a chapter that has these keys, maybe among others.
 *
 * @typedef {ReturnType<typeof import("../parts/address.js").createChapterAddress<typeof CHALLENGE_KEYS>>} ChallengeAddress
 */

/** @typedef {ReturnType<ChallengeAddress["get"]>} Shown */

/**
 * How much of everything, as the server takes it.
 *
 * @param {Shown} shown
 * @param {readonly string[]} [names] of challenges; all unless given
 * @returns {Record<string, number>}
 */
export function editOf(shown, names = CHALLENGES.map(({ name }) => name)) {
  const amounts = CHALLENGES.filter(({ name }) => names.includes(name)).flatMap(
    ({ amount: one, more }) => [one, ...more],
  );
  return Object.fromEntries(amounts.map(({ key, property }) => [property, shown[key]]));
}

/** @param {string} name @returns {Challenge | undefined} */
export const challengeNamed = (name) => CHALLENGES.find((each) => each.name === name);
