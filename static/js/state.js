/** The one selection that drives every view, kept in the address so that it can be shared. */

import { interventionsFromText, textFromInterventions } from "./interventions.js";
import { editFromText, textFromEdit } from "./picture_edit.js";
import { createStore } from "./store.js";

/** @typedef {import("./types.js").Selection} Selection */
/** @typedef {ReturnType<typeof createState>} State */

export const LARGEST_TOP = 100;

const SORTS = ["index", "mean", "maximum", "minimum", "active", "contribution"];
const RANGES = ["channel", "layer"];
const FILTER_ORDERS = ["index", "similarity", "l2", "l1", "linf"];
const COLOURS = ["auto", "viridis", "grey", "diverging"];
const SHOWS = ["theory", "support", "heat", "noise"];
const USUAL_SHOWS = "theory,support,heat";
const TABS = ["scores", "network", "layer"];
const LENSES = ["maps", "number", "filters", "why", "what-if"];

/** What makes up the selected unit: of no meaning in another layer. */
export const NO_UNIT = { channel: null, row: null, column: null };

/** What is asked of the lens "why" beyond the class. */
const NOTHING_ASKED = { rival: null, why_layer: null };

/** What belongs to one network and means nothing in another. */
export const NOTHING_INSIDE = {
  ...NO_UNIT,
  ...NOTHING_ASKED,
  layer: null,
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

/**
 * @param {string | null} text
 * @returns {number | null} a whole number from 0
 */
function wholeNumber(text) {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** @param {string | null} text */
const listed = (text) => (text ? text.split(",") : []);

/**
 * @param {string} search the query part of an address
 * @returns {Selection}
 */
export function selectionFromSearch(search) {
  const parameters = new URLSearchParams(search);
  const top = wholeNumber(parameters.get("top"));
  return {
    model: parameters.get("model") || null,
    image: parameters.get("image") || null,
    picture_colours: parameters.get("profile") === "convert" ? "profile" : "stored",
    top: top !== null && top >= 1 && top <= LARGEST_TOP ? top : null,
    scale: oneOf(parameters.get("scale"), ["softmax", "sigmoid"]),
    layer: parameters.get("layer") || null,
    channel: wholeNumber(parameters.get("channel")),
    row: wholeNumber(parameters.get("row")),
    column: wholeNumber(parameters.get("column")),
    class_index: wholeNumber(parameters.get("class")),
    sort: oneOf(parameters.get("sort"), /** @type {import("./types.js").Sort[]} */ (SORTS)),
    range: oneOf(parameters.get("range"), /** @type {import("./types.js").Range[]} */ (RANGES)),
    colours: oneOf(
      parameters.get("colours"),
      /** @type {import("./types.js").ColourChoice[]} */ (COLOURS),
    ),
    filter_order: oneOf(
      parameters.get("order"),
      /** @type {import("./types.js").FilterOrder[]} */ (FILTER_ORDERS),
    ),
    pins: listed(parameters.get("pins")).flatMap((text) => wholeNumber(text) ?? []),
    folded: listed(parameters.get("folded")),
    find: parameters.get("find") ?? "",
    shows: /** @type {import("./types.js").Show[]} */ (
      listed(parameters.get("shows") ?? USUAL_SHOWS).filter((show) => SHOWS.includes(show))
    ),
    tab: oneOf(parameters.get("tab"), /** @type {import("./types.js").Tab[]} */ (TABS)),
    lens: oneOf(parameters.get("lens"), /** @type {import("./types.js").Lens[]} */ (LENSES)),
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

/**
 * @param {Selection} selection
 * @returns {string} the query part of an address; only what was chosen is in it
 */
export function searchFromSelection(selection) {
  const parameters = new URLSearchParams();
  /** @param {string} name @param {string | number | null} value @param {string} [usual] */
  const put = (name, value, usual = "") => {
    if (value !== null && String(value) !== usual) parameters.set(name, String(value));
  };
  put("model", selection.model);
  put("image", selection.image);
  put("profile", selection.picture_colours === "profile" ? "convert" : null);
  put("top", selection.top);
  put("scale", selection.scale, "softmax");
  put("layer", selection.layer);
  put("channel", selection.channel);
  put("row", selection.row);
  put("column", selection.column);
  put("class", selection.class_index);
  put("sort", selection.sort, SORTS[0]);
  put("range", selection.range, RANGES[0]);
  put("colours", selection.colours, COLOURS[0]);
  put("order", selection.filter_order, FILTER_ORDERS[0]);
  put("pins", selection.pins.join(","));
  put("folded", selection.folded.join(","));
  put("find", selection.find);
  // "none" where all are off: an empty value would mean the usual ones.
  put("shows", selection.shows.join(",") || "none", USUAL_SHOWS);
  put("tab", selection.tab, TABS[0]);
  put("lens", selection.lens, LENSES[0]);
  put("do", textFromInterventions(selection.interventions));
  put("seen", textFromEdit(selection.seen));
  put("of", selection.why_of, "class");
  put("methods", selection.methods.join(","));
  put("method", selection.method);
  put("minus", selection.minus);
  put("rival", selection.rival);
  put("cam", selection.why_layer);
  put("options", selection.options.join(","));
  const search = parameters.toString();
  return search ? `?${search}` : "";
}

export function createState() {
  const store = createStore(selectionFromSearch(window.location.search));
  window.addEventListener("popstate", () => {
    store.set(selectionFromSearch(window.location.search));
  });

  return {
    get: store.get,
    subscribe: store.subscribe,

    /**
     * @param {Partial<Selection>} changes
     * @param {{replace?: boolean}} [options] replace: no new entry in the browser's history
     */
    change(changes, { replace = false } = {}) {
      const previous = store.get();
      const next = { ...previous, ...changes };
      const search = searchFromSelection(next);
      if (search === searchFromSelection(previous)) return;
      const address = window.location.pathname + search;
      if (replace) window.history.replaceState(null, "", address);
      else window.history.pushState(null, "", address);
      store.set(next);
    },
  };
}
