/** Which models a person means, and in which order they stand. */

/** @typedef {import("../types.js").Model} Model */
/** @typedef {"all" | "learned" | "ready" | "digit" | "random"} Kind */

/** @type {{kind: Kind, text: string, matches: (model: Model) => boolean}[]} */
export const KINDS = [
  { kind: "all", text: "all", matches: () => true },
  {
    kind: "ready",
    text: "ready to use",
    matches: ({ weights, origin }) => weights.status === "ready" && origin !== "random",
  },
  { kind: "learned", text: "learned", matches: ({ origin }) => origin !== "random" },
  { kind: "digit", text: "digits", matches: ({ input_kind }) => input_kind === "digit" },
  { kind: "random", text: "random", matches: ({ origin }) => origin === "random" },
];

/**
 * Lower first: what can be used at once, what can be fetched, what is random.
 *
 * @param {Model} model
 */
function rank({ origin, weights }) {
  if (origin === "random") return 2;
  return weights.status === "ready" ? 0 : 1;
}

/** The heading of people's own networks, which stand first. */
export const YOURS = "Yours";

/**
 * People's own networks, the newest first as the server lists them; then families in the order of
 * their most usable model, and so the models within each.
 *
 * @param {Model[]} models
 * @returns {{family: string, models: Model[]}[]}
 */
export function groupByFamily(models) {
  /** @type {Map<string, Model[]>} */
  const families = new Map();
  const own = models.filter(({ origin }) => origin === "custom");
  for (const model of models) {
    if (model.origin === "custom") continue;
    families.set(model.family, [...(families.get(model.family) ?? []), model]);
  }
  const others = [...families]
    .map(([family, members]) => ({
      family,
      models: members.sort((one, other) => rank(one) - rank(other)),
    }))
    .sort((one, other) => rank(one.models[0]) - rank(other.models[0]));
  return own.length > 0 ? [{ family: YOURS, models: own }, ...others] : others;
}

/**
 * Text without the marks that people leave out when they type: `ResNet-50` as `resnet50`.
 *
 * @param {string} text
 */
const simplified = (text) => text.toLowerCase().replace(/[^a-z0-9]/g, "");

/**
 * @param {Model} model
 * @returns {string} what a search looks through
 */
export function searchText({ title, id, family, year, paper }) {
  const published = [year === null ? "" : String(year), paper?.authors ?? ""];
  return [title, id, family, ...published].map(simplified).join(" ");
}

/**
 * @param {string} text as `searchText` made it
 * @param {string} query every word of it must occur
 */
export function matchesQuery(text, query) {
  return query
    .split(/\s+/)
    .map(simplified)
    .every((word) => text.includes(word));
}

/**
 * How well a name has what is looked for; lower is better.
 *
 * @param {string} name
 * @param {string} wanted simplified, not empty
 */
function misfit(name, wanted) {
  const words = name.toLowerCase().split(/[^a-z0-9]+/).filter((word) => word !== "");
  const whole = words.join("");
  if (whole === wanted) return 0;
  const starts = words.map((_, place) => words.slice(0, place).join("").length);
  const ends = [...starts.slice(1), whole.length];
  const found = starts.filter((start) => whole.startsWith(wanted, start));
  // `lenet` is a word of LeNet-5, and `lenet5` two that stand beside each other.
  const as_words = found.filter((start) => ends.includes(start + wanted.length));
  if (as_words.length > 0) return as_words[0] === 0 ? 1 : 2;
  if (found.length > 0) return found[0] === 0 ? 3 : 4;
  return whole.includes(wanted) ? 5 : 6;
}

/**
 * The exact name first, then names that have it as a word, that have a word which begins with it,
 * that merely contain it; last those that match by family, year or author alone.
 *
 * @param {Model} model that matches
 * @param {string} query
 * @returns {number} lower is better
 */
export function irrelevance({ title, id, architecture }, query) {
  const names = [title, architecture, id];
  const all = simplified(query);
  if (names.some((name) => simplified(name) === all)) return 0;
  const words = query.split(/\s+/).map(simplified).filter((word) => word !== "");
  const misfits = words.map((word) => Math.min(...names.map((name) => misfit(name, word))));
  return misfits.reduce((sum, each) => sum + each, 1);
}
