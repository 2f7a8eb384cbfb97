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
