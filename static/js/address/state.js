/** The one selection that drives every view, kept in the address so that it can be shared. */

import { interventionsFromText, textFromInterventions } from "./interventions.js";
import { createKeptAddress, wholeNumber } from "./kept_address.js";
import { editFromText, textFromEdit } from "./picture_edit.js";

/** @typedef {import("../page_types.js").Selection} Selection */
/** @typedef {ReturnType<typeof createState>} State */

export const LARGEST_TOP = 100;
const PLAYS = ["window", "product"];

const PREPARATIONS = ["centred", "as-drawn"];
const SORTS = ["index", "mean", "maximum", "minimum", "active", "contribution"];
const RANGES = ["channel", "layer"];
const FILTER_ORDERS = ["index", "similarity", "l2", "l1", "linf"];
const COLOURS = ["auto", "viridis", "grey", "diverging"];
const SHOWS = ["theory", "support", "heat", "noise"];
const USUAL_SHOWS = "theory,support,heat";
/** @type {import("../page_types.js").Tab[]} */
const TABS = ["scores", "network", "layer"];
const PROJECTIONS = ["both", "picture", "layer"];
/** @type {import("../page_types.js").Lens[]} */
const LENSES = ["maps", "number", "filters", "why", "what-if"];

/** In the place of a picture: the pad, wiped clean. */
export const NO_PICTURE = "none";

/** What makes up the selected unit: of no meaning in another layer. */
export const NO_UNIT = { channel: null, row: null, column: null };

/** What is asked of the lens "why" beyond the class. */
const NOTHING_ASKED = { rival: null, why_layer: null };

/** What belongs to one network and means nothing in another. */
export const NOTHING_INSIDE = {
  ...NO_UNIT,
  ...NOTHING_ASKED,
  unit_closed: false,
  layer: null,
  trail: [],
  pins: [],
  folded: [],
  find: "",
  interventions: [],
};

/**
 * @template {string} Choice
 * @param {string | null} text
 * @param {Choice[]} choices the first is the default
 * @returns {Choice}
 */
function oneOf(text, choices) {
  return choices.find((choice) => choice === text) ?? choices[0];
}

/** @param {string | null} text */
const listed = (text) => (text ? text.split(",") : []);

/** @param {string | null} text `row,column` @returns {[number, number] | null} */
function pixelFrom(text) {
  const [row, column, ...more] = (text ?? "").split(",").map(wholeNumber);
  return row === null || column === null || column === undefined || more.length > 0 ? null : [row, column];
}

/** @param {string | null} text `layer.channel.row.column`, or `layer.feature`, joined by hyphens @returns {number[][]} */
const trailFrom = (text) =>
  (text ?? "").split("-").flatMap((step) => {
    const numbers = step.split(".").map(wholeNumber);
    const is_whole = numbers.every((number) => number !== null);
    return is_whole && [2, 4].includes(numbers.length) ? [/** @type {number[]} */ (numbers)] : [];
  });

/**
 * Whoever names a lens wants to see it: on a phone its column stands under the picture.
 * @param {import("../page_types.js").Lens} lens
 * @returns {import("../page_types.js").Tab}
 */
const usualTab = (lens) => (lens === LENSES[0] ? TABS[0] : "layer");

/** @param {URLSearchParams} parameters @returns {Selection} */
function read(parameters) {
  const top = wholeNumber(parameters.get("top"));
  const lens = oneOf(parameters.get("lens"), LENSES);
  return {
    model: parameters.get("model") || null,
    image: parameters.get("image") || null,
    picture_colours: parameters.get("profile") === "convert" ? "profile" : "stored",
    preparation: oneOf(
      parameters.get("preparation"),
      /** @type {import("../page_types.js").Preparation[]} */ (PREPARATIONS),
    ),
    top: top !== null && top >= 1 && top <= LARGEST_TOP ? top : null,
    scale: oneOf(parameters.get("scale"), ["softmax", "sigmoid"]),
    all_digits: parameters.get("digits") === "all",
    layer: parameters.get("layer") || null,
    channel: wholeNumber(parameters.get("channel")),
    row: wholeNumber(parameters.get("row")),
    column: wholeNumber(parameters.get("column")),
    unit_closed: parameters.get("unit") === "none",
    pixel: pixelFrom(parameters.get("pixel")),
    look: pixelFrom(parameters.get("look")),
    look_by: oneOf(parameters.get("by"), ["deviation", "value"]),
    trail: trailFrom(parameters.get("trail")),
    play: /** @type {import("../page_types.js").Play[]} */ (PLAYS).find((play) => play === parameters.get("play")) ?? null,
    class_index: wholeNumber(parameters.get("class")),
    sort: oneOf(parameters.get("sort"), /** @type {import("../page_types.js").Sort[]} */ (SORTS)),
    range: oneOf(parameters.get("range"), /** @type {import("../page_types.js").Range[]} */ (RANGES)),
    colours: oneOf(
      parameters.get("colours"),
      /** @type {import("../page_types.js").ColourChoice[]} */ (COLOURS),
    ),
    filter_order: oneOf(
      parameters.get("order"),
      /** @type {import("../page_types.js").FilterOrder[]} */ (FILTER_ORDERS),
    ),
    pins: listed(parameters.get("pins")).flatMap((text) => wholeNumber(text) ?? []),
    folded: listed(parameters.get("folded")),
    find: parameters.get("find") ?? "",
    shows: /** @type {import("../page_types.js").Show[]} */ (
      listed(parameters.get("shows") ?? USUAL_SHOWS).filter((show) => SHOWS.includes(show))
    ),
    tab: TABS.find((tab) => tab === parameters.get("tab")) ?? usualTab(lens),
    lens,
    projection:
      /** @type {import("../page_types.js").Projection[]} */ (PROJECTIONS).find(
        (projection) => projection === parameters.get("view"),
      ) ?? null,
    interventions: interventionsFromText(parameters.get("do") ?? ""),
    seen: editFromText(parameters.get("seen") ?? ""),
    why_of: oneOf(parameters.get("of"), ["class", "unit"]),
    methods: listed(parameters.get("methods")),
    method: parameters.get("method") || null,
    minus: parameters.get("minus") || null,
    rival: wholeNumber(parameters.get("rival")),
    why_layer: parameters.get("cam") || null,
    options: listed(parameters.get("options")),
  };
}

/** @param {string | number} value @param {string} usual */
const unless = (value, usual) => (value === usual ? null : value);

/** @param {Selection} selection @returns {[string, string | number | null][]} only what was chosen */
const write = (selection) => [
  ["model", selection.model],
  ["image", selection.image],
  ["profile", selection.picture_colours === "profile" ? "convert" : null],
  ["preparation", unless(selection.preparation, PREPARATIONS[0])],
  ["top", selection.top],
  ["scale", unless(selection.scale, "softmax")],
  ["digits", selection.all_digits ? "all" : null],
  ["layer", selection.layer],
  ["channel", selection.channel],
  ["row", selection.row],
  ["column", selection.column],
  ["unit", selection.unit_closed && selection.channel === null ? "none" : null],
  ["pixel", selection.pixel ? selection.pixel.join(",") : null],
  ["look", selection.look ? selection.look.join(",") : null],
  ["by", unless(selection.look_by, "deviation")],
  ["trail", unless(selection.trail.map((step) => step.join(".")).join("-"), "")],
  ["play", selection.play],
  ["class", selection.class_index],
  ["sort", unless(selection.sort, SORTS[0])],
  ["range", unless(selection.range, RANGES[0])],
  ["colours", unless(selection.colours, COLOURS[0])],
  ["order", unless(selection.filter_order, FILTER_ORDERS[0])],
  ["pins", unless(selection.pins.join(","), "")],
  ["folded", unless(selection.folded.join(","), "")],
  ["find", unless(selection.find, "")],
  // "none" where all are off: an empty value would mean the usual ones.
  ["shows", unless(selection.shows.join(",") || "none", USUAL_SHOWS)],
  ["tab", unless(selection.tab, usualTab(selection.lens))],
  ["lens", unless(selection.lens, LENSES[0])],
  ["view", selection.projection],
  ["do", unless(textFromInterventions(selection.interventions), "")],
  ["seen", unless(textFromEdit(selection.seen), "")],
  ["of", unless(selection.why_of, "class")],
  ["methods", unless(selection.methods.join(","), "")],
  ["method", selection.method],
  ["minus", selection.minus],
  ["rival", selection.rival],
  ["cam", selection.why_layer],
  ["options", unless(selection.options.join(","), "")],
];

export function createState() {
  const kept = createKeptAddress({ read, write });
  return {
    ...kept,

    /** @param {Partial<Selection>} changes @param {{replace?: boolean}} [options] */
    change(changes, options) {
      const opens = (changes.channel ?? null) !== null;
      kept.change(opens ? { ...changes, unit_closed: false } : changes, options);
    },
  };
}
