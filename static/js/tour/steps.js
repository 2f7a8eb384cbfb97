/** What the tour shows, in the order in which a stranger meets it. */

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {string} text
 * @property {string} at selector of what it is about
 * @property {import("../page_types.js").Tab} tab that shows it on a narrow screen
 * @property {boolean} [maps] whether the lens Maps shows it
 */

/** @type {Step[]} */
export const STEPS = [
  {
    title: "What the network says",
    text: "Every class gets a score. Click “why?” beside one to see which pixels speak for it.",
    at: "#scores",
    tab: "scores",
  },
  {
    title: "One unit, and what it sees",
    text: "A network is made of units. One is selected: the bright box on the picture is all that it sees. Under Maps stand its patch, its value and what that means.",
    at: "#stage",
    tab: "layer",
    maps: true,
  },
  {
    title: "All maps of the layer",
    text: "Each small picture is what one channel answers at every place. Click any place of a map to select the unit there.",
    at: ".map-grid",
    tab: "layer",
    maps: true,
  },
  {
    title: "How the number was made",
    text: "“How” shows the sum behind the unit’s value. Every number in it leads one layer further back, down to the pixels.",
    at: "#lenses",
    tab: "layer",
  },
  {
    title: "Click the picture",
    text: "Click a place of the picture to see which channels of this layer react most there. With ] and [ you go through the layers, and the place stays.",
    at: "#stage",
    tab: "layer",
    maps: true,
  },
];
