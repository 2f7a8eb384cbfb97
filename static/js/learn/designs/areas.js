/** Where the parameters of two designs are: areas, both to one scale. */

import { byId, element, svg } from "../../shared/element.js";
import { formatInteger, formatPercent } from "../../shared/format.js";
import { divide } from "./squares.js";
import { isDense, stepText } from "./words.js";

/** @typedef {import("../../types.js").FamousDesign} Design */

const SIDE = 400;
/** What is no higher or narrower than this gets no words. */
const LINE = 17;
const LETTER = 7.2;
/** A square that could hardly be seen gets a ring. */
const TINY = 16;

/** @param {Design} design @param {number} largest parameters of the larger one */
function drawDesign({ name, steps, parameters }, largest) {
  const side = SIDE * Math.sqrt(parameters / largest);
  const parts = steps
    .filter((step) => step.parameters > 0)
    .sort((one, other) => other.parameters - one.parameters);
  const areas = divide(
    parts.map((step) => step.parameters),
    { x: 0, y: SIDE - side, width: side, height: side },
  );
  const drawn = areas.map((area, place) => {
    const step = parts[place];
    const tone = isDense(step) ? "is-dense" : "is-window";
    const rect = svg("rect", { ...area, class: `area ${tone}`, "data-parameters": step.parameters });
    const title = svg("title", {});
    title.textContent = `${stepText(step)}, ${formatInteger(step.parameters)}`;
    rect.append(title);
    return svg("g", {}, rect, ...words(step, area));
  });
  const ring = svg("circle", {
    ...{ class: "area-ring", cx: side / 2, cy: SIDE - side / 2, r: TINY },
    visibility: side < 1.5 * TINY ? "visible" : "hidden",
  });
  const high = Math.max(side + 1, 2 * TINY);
  const told = `${name}: ${parts.map((step) => `${stepText(step)} ${formatInteger(step.parameters)}`).join("; ")}`;
  return svg(
    "svg",
    { viewBox: `-12 ${SIDE - high} ${SIDE + 13} ${high + 12}`, role: "img", "aria-label": told },
    ...drawn,
    ring,
  );
}

/**
 * @param {import("../../types.js").DesignStep} step
 * @param {import("./squares.js").Area} area
 * @returns {SVGTextElement[]}
 */
function words(step, { x, y, width, height }) {
  const longest = Math.floor((width - 8) / LETTER);
  const count = formatInteger(step.parameters);
  const lines = [...broken(stepText(step), longest), count];
  const is_whole = lines.every((line) => line.length <= longest) && height > lines.length * LINE + 4;
  const shown = is_whole ? lines : [count];
  if (count.length > longest || height < LINE + 4) return [];
  return shown.map((line, place) => {
    const text = svg("text", { class: "area-text", x: x + 6, y: y + (place + 1) * LINE });
    text.textContent = line;
    return text;
  });
}

/** @param {string} text @param {number} longest letters in a line @returns {string[]} lines */
function broken(text, longest) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.replaceAll(" × ", "\u00a0×\u00a0").split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < longest) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** @param {Design} design */
function drawCaption({ name, steps, parameters }) {
  const dense = steps.filter(isDense).reduce((sum, step) => sum + step.parameters, 0);
  return element(
    "figcaption",
    {},
    element("b", { text: name }),
    " ",
    element("span", { class: "figure", text: formatInteger(parameters), attributes: { "data-whole": parameters } }),
    element("span", {
      class: "area-split",
      text: `${formatPercent(dense / parameters)} of it in dense layers`,
      attributes: { "data-dense": dense },
    }),
  );
}

/**
 * @returns {(before: Design | null, after: Design) => void}
 */
export function createAreas() {
  const parent = byId("areas");
  return (before, after) => {
    const shown = before ? [before, after] : [after];
    const largest = Math.max(...shown.map(({ parameters }) => parameters));
    parent.classList.toggle("is-one", before === null);
    byId("areas-scale").hidden = before === null;
    parent.replaceChildren(
      ...shown.map((design) =>
        element("figure", { class: "area-figure" }, drawDesign(design, largest), drawCaption(design)),
      ),
    );
  };
}
