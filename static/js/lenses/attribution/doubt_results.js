/** What the tests of a map found, in plots, maps and a sentence. */

import { element } from "../../shared/element.js";
import { difference, formatFixed, formatPercent, formatShort } from "../../shared/format.js";
import { paintHeat } from "../../shared/heat.js";
import { linePlot } from "../../shared/line_plot.js";

/**
 * @typedef {"for" | "against" | "open"} Outcome  open: it says neither
 * @typedef {object} Finding
 * @property {Outcome} outcome what it says of the map
 * @property {string} brief the same in a few words
 * @property {HTMLElement[]} nodes
 */

/** Correlations are called by the bounds that textbooks use. */
const WEAK = 0.3;
const STRONG = 0.6;

/** @param {number | null} value */
const figure = (value) => (value === null ? "none" : formatFixed(value, 2));

/** @param {string} text */
const verdict = (text) => element("p", { class: "why-verdict", text });

/**
 * @param {import("../../types.js").Randomisation} found
 * @param {Float32Array} maps stage after stage
 * @param {import("../../types.js").Size} size of a map
 * @param {string} picture_url of what the network sees
 * @param {string} title of the method
 * @returns {Finding}
 */
export function randomisationResult({ stages }, maps, size, picture_url, title) {
  const pixels = size.height * size.width;
  const last = stages[stages.length - 1];
  const likeness = last.spearman_absolute;
  const left = likeness === null ? null : Math.abs(likeness);
  const [outcome, brief] = /** @type {[Outcome, string]} */ (
    left === null
      ? ["open", "its map becomes constant"]
      : left < WEAK
        ? ["for", "the map changes with them"]
        : left < STRONG
          ? ["open", "some of the map stays"]
          : ["against", "much of the map stays"]
  );
  const words =
    likeness === null
      ? `With all weights random, ${title} tells nothing: its map is constant.`
      : Math.abs(likeness) < WEAK
        ? `With all weights random, the map has changed (rank correlation ${figure(likeness)}): \
${title} shows what this network has learned.`
        : `With all weights random, ${Math.abs(likeness) < STRONG ? "some" : "much"} of the map \
is still there (rank correlation ${figure(likeness)}): ${title} shows the picture or the design \
too, not only what was learned.`;
  const places = stages.map((_, place) => place);
  const plot = linePlot({
    title: "Likeness to the first map",
    across: "blocks made random, from the top",
    down: "likeness (1: the same map)",
    places,
    lines: [
      {
        name: "rank correlation of magnitudes",
        values: stages.map((stage) => stage.spearman_absolute),
        tone: "first",
      },
      { name: "SSIM", values: stages.map((stage) => stage.ssim), tone: "second" },
      { name: "rank correlation", values: stages.map((stage) => stage.spearman), tone: "faint" },
    ],
    low: Math.min(0, ...stages.map(({ spearman }) => spearman ?? 0)) < 0 ? -1 : 0,
    high: 1,
    labels: ["0", String(stages.length - 1)],
  });
  const strip = element(
    "ol",
    { class: "why-stages" },
    ...stages.map((stage, place) => {
      const canvas = element("canvas", { class: "why-heat" });
      const values = maps.subarray(place * pixels, (place + 1) * pixels);
      paintHeat(canvas, { values, height: size.height, width: size.width });
      const name = stage.block === "" ? (place === 0 ? "as it is" : "network") : stage.block;
      return element(
        "li",
        {
          attributes: {
            title: `${name}: rank correlation ${figure(stage.spearman)}, of magnitudes \
${figure(stage.spearman_absolute)}, SSIM ${figure(stage.ssim)}; target ${stage.target_value}`,
          },
        },
        element(
          "span",
          { class: "why-room" },
          element("img", { class: "why-picture", attributes: { src: picture_url, alt: "" } }),
          canvas,
        ),
        element("span", { class: "why-stage-name", text: name }),
        element("span", { class: "figure", text: figure(stage.spearman_absolute) }),
      );
    }),
  );
  const explanation = element("p", {
    class: "quiet",
    text: "From left to right one block more has random weights, from the top layer down \
(Adebayo et al. 2018). The number is the rank correlation of magnitudes with the first map.",
  });
  return { outcome, brief, nodes: [verdict(words), plot, strip, explanation] };
}

/**
 * @param {import("../../types.js").DeletionCurves} found
 * @param {string} title of the method
 * @param {import("./attribution.js").Target} target
 * @returns {Finding}
 */
export function deletionResult({ points, areas, value, ties }, title, { text, rival }) {
  const is_probability = value === "probability";
  /** @param {number | null} area */
  const shown = (area) => (is_probability ? formatPercent(area) : formatShort(area));
  const followed = is_probability ? `the probability of ${text}` : text;
  const deleted = difference(areas.random_deletion, areas.deletion);
  const inserted = difference(areas.insertion, areas.random_insertion);
  const better_deletion = (deleted ?? 0) > 0;
  const better_insertion = (inserted ?? 0) > 0;
  const [outcome, brief] = /** @type {[Outcome, string]} */ (
    deleted === null || inserted === null
      ? ["open", "not a number on the way"]
      : better_deletion && better_insertion
        ? ["for", "they matter more than others"]
        : better_deletion || better_insertion
          ? ["open", `they matter only ${better_deletion ? "taken away" : "put back"}`]
          : ["against", "random ones matter as much"]
  );
  const words =
    deleted === null || inserted === null
      ? `On the way ${followed} is not a number: nothing can be said.`
      : better_deletion && better_insertion
        ? `The pixels that ${title} calls important matter to ${followed} more than random \
squares do, taken away and put back.`
        : better_deletion || better_insertion
          ? `${title} beats random squares only when its pixels are \
${better_deletion ? "taken away" : "put back"}.`
          : `Random squares do no worse: do not believe this map.`;
  const places = points.map(({ fraction }) => fraction * 100);
  const all = points.flatMap((point) =>
    [point.deletion, point.insertion, point.random_deletion, point.random_insertion].flatMap(
      (value_there) => value_there ?? [],
    ),
  );
  const unit = is_probability ? 100 : 1;
  const low = is_probability ? 0 : Math.min(0, ...all);
  const high = is_probability ? unit : Math.max(low + 1e-9, ...all);
  const down = !is_probability
    ? "value of the unit"
    : rival === null
      ? "probability of the class, %"
      : "probability among the two classes, %";
  /** @param {"deletion" | "insertion" | "random_deletion" | "random_insertion"} way */
  const along = (way) => points.map((point) => point[way]).map((found) => (found === null ? null : found * unit));
  /** @param {"deletion" | "insertion"} way @param {string} name @param {string} across */
  const plot = (way, name, across) =>
    linePlot({
      title: `${name}: area ${shown(areas[way])}, random ${shown(areas[`random_${way}`])}`,
      ...{ across, down },
      places,
      lines: [
        { name: title, values: along(way), tone: "first" },
        { name: "random squares", values: along(`random_${way}`), tone: "faint" },
      ],
      low,
      high,
    });
  const tied = `${formatPercent(ties)} of the pixels share their value with others, so their \
order is arbitrary.`;
  const nodes = [
    verdict(words),
    element(
      "div",
      { class: "why-plots" },
      plot("deletion", "Deletion (small is good)", "pixels deleted, %"),
      plot("insertion", "Insertion (large is good)", "pixels inserted, %"),
    ),
    element("p", {
      class: "quiet",
      text: `The most important pixels first (Petsiuk et al. 2018): deleted to the mean colour, \
inserted into the blurred picture.${ties > 0.5 ? ` ${tied}` : ""}`,
    }),
  ];
  return { outcome, brief, nodes };
}

/**
 * @param {import("../../types.js").AgreementPair[]} pairs
 * @param {import("../../types.js").AttributionMethod[]} methods
 * @param {import("../../types.js").AttributionMethod} chosen the one whose map is doubted
 * @returns {Finding}
 */
export function agreementResult(pairs, methods, chosen) {
  const names = [...new Set(pairs.map(({ first }) => first))];
  /** @param {string} name */
  const titled = (name) => methods.find((method) => method.name === name)?.title ?? name;
  /** @param {string} one @param {string} other */
  const pairOf = (one, other) =>
    pairs.find(
      ({ first, second }) =>
        (first === one && second === other) || (first === other && second === one),
    );
  const of_chosen = pairs.filter(
    ({ first, second }) => first !== second && [first, second].includes(chosen.name),
  );
  const known = of_chosen.flatMap(({ spearman_absolute }) => spearman_absolute ?? []);
  const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(known.length, 1);
  const [outcome, alike] = /** @type {[Outcome, string]} */ (
    mean > STRONG ? ["for", "alike"] : mean > WEAK ? ["open", "somewhat alike"] : ["against", "differently"]
  );
  const other = known.length === 1 ? "the other method" : `the ${known.length} other methods`;
  const words =
    known.length === 0
      ? "A constant map agrees with none."
      : `${chosen.title} and ${other} rank the pixels ${alike} (rank correlation of magnitudes \
${known.length === 1 ? "" : "on average "}${figure(mean)}).`;
  const table = element(
    "table",
    { class: "why-matrix" },
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        element("td"),
        ...names.map((name) => element("th", { text: titled(name), attributes: { scope: "col" } })),
      ),
    ),
    element(
      "tbody",
      {},
      ...names.map((row) =>
        element(
          "tr",
          {},
          element("th", { text: titled(row), attributes: { scope: "row" } }),
          ...names.map((column) => {
            const pair = pairOf(row, column);
            const value = pair?.spearman_absolute ?? null;
            const cell = element("td", { class: "figure", text: figure(value) });
            cell.title = `with signs: ${figure(pair?.spearman ?? null)}`;
            cell.style.setProperty("--likeness", `${Math.round(Math.max(0, value ?? 0) * 100)}%`);
            return cell;
          }),
        ),
      ),
    ),
  );
  const nodes = [
    verdict(words),
    table,
    element("p", {
      class: "quiet",
      text: "Rank correlation (Spearman) of how much each pixel matters, whichever way; with \
signs on hover.",
    }),
  ];
  return known.length === 0
    ? { outcome: "open", brief: "a constant map agrees with none", nodes }
    : { outcome, brief: `they rank the pixels ${alike}`, nodes };
}
