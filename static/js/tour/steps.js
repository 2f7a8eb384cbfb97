/** What the tour shows, in the order in which a stranger meets it. */

/** @typedef {import("../page_types.js").Selection} Selection */

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {string} text
 * @property {string} at selector of what it is about
 * @property {import("../page_types.js").Tab} tab that shows it on a narrow screen
 * @property {boolean} [maps] whether the lens Maps shows it
 * @property {(now: Selection, before: Selection) => boolean} isDone whether its advice was followed,
 *   whichever way
 */

/** @param {import("../page_types.js").Lens} lens @param {Selection} now @param {Selection} before */
const isOpened = (lens, now, before) => now.lens === lens && before.lens !== lens;

/**
 * Within a layer, and by a person: the page itself chooses where there was none.
 *
 * @param {Selection} now
 * @param {Selection} before
 */
function isUnitChosen(now, before) {
  const is_there = /** @type {const} */ (["model", "image", "layer"]).every((name) => now[name] === before[name]);
  const units = [now, before].map(({ channel, row, column }) => `${channel}, ${row}, ${column}`);
  return is_there && before.channel !== null && now.channel !== null && units[0] !== units[1];
}

/** @type {Step[]} */
export const STEPS = [
  {
    title: "What the network says",
    text: "Every class gets a score. Click “why?” beside one to see which pixels speak for it.",
    at: "#scores",
    tab: "scores",
    isDone: (now, before) =>
      isOpened("why", now, before) || (now.lens === "why" && now.class_index !== before.class_index),
  },
  {
    title: "One unit, and what it sees",
    text: "A network is made of units. One is selected: the bright box on the picture is all that it sees. Under Maps stand its patch, its value and what that means.",
    at: "#stage",
    tab: "layer",
    maps: true,
    isDone: (now, before) => isOpened("maps", now, before) || isUnitChosen(now, before),
  },
  {
    title: "All maps of the layer",
    text: "Each small picture is what one channel answers at every place. Click any place of a map to select the unit there.",
    at: ".map-grid",
    tab: "layer",
    maps: true,
    isDone: isUnitChosen,
  },
  {
    title: "How the number was made",
    text: "“How” shows the sum behind the unit’s value. Every number in it leads one layer further back, down to the pixels.",
    at: "#lenses",
    tab: "layer",
    isDone: (now, before) => isOpened("number", now, before),
  },
  {
    title: "Click the picture",
    text: "Click a place of the picture to see which channels of this layer react most there. With ] and [ you go through the layers, and the place stays.",
    at: "#stage",
    tab: "layer",
    maps: true,
    isDone: (now, before) => now.look !== null && String(now.look) !== String(before.look),
  },
];
