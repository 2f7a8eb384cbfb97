/** The blocks of a trained network, whose bridges and lanes can be cut. */

import { button, element, setText } from "../../shared/element.js";
import { formatInteger, formatPercent } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { pageLink } from "../parts/links.js";
import { textFromInterventions } from "../../address/interventions.js";
import { createScorePairs } from "./score_pairs.js";

/** @typedef {import("../../types.js").Join} Join */
/** @typedef {Join["lanes"][number]} Lane */

const ALL_CLASSES = Array.from({ length: 10 }, (_, digit) => digit);

/** @param {Join} join @param {Lane} lane */
const isBridge = ({ kind }, { windows }) => kind === "residual" && windows.length < 2;

/** @param {Join} join @param {Lane} lane @returns {string[]} a line each */
function laneLines(join, lane) {
  const windows = lane.windows.map((each) => `${each}\u00a0×\u00a0${each}`);
  if (isBridge(join, lane)) return ["bridge", ...windows];
  return [...(lane.is_pooled ? ["pool"] : []), ...windows];
}

/**
 * @param {HTMLElement} parent
 * @param {object} options
 * @param {import("./address.js").Address} options.address
 * @param {"bridges" | "lanes"} options.name in the address
 * @param {import("../parts/chapter.js").Chapter} options.chapter
 * @param {import("../../types.js").TrainedDesign} options.trained
 * @returns {{look: (image: string | null) => void, show: () => void}} look: at another digit, or none
 */
export function createCuts(parent, { address, name, chapter: { api, fail }, trained }) {
  const saying = createLatest();
  const counting = createLatest();
  /** @type {string | null} */
  let image = null;
  let is_shown = false;
  let asked = "";
  let counted = "";

  const ways = trained.joins.flatMap((join) =>
    join.lanes.map((lane) => ({
      key: `${join.layer}:${lane.source}`,
      cut: /** @type {const} */ ({ kind: "cut", layer: join.layer, input: lane.source }),
      toggle: element(
        "button",
        {
          class: `lane${isBridge(join, lane) ? " is-bridge" : ""}`,
          attributes: { type: "button", "data-way": `${join.layer}:${lane.source}` },
        },
        ...laneLines(join, lane).map((text) => element("span", { class: "lane-name", text })),
        element("span", { class: "lane-count", text: formatInteger(lane.parameters) }),
      ),
    })),
  );
  for (const { key, toggle } of ways) toggle.addEventListener("click", () => flip(key));

  const blocks = trained.joins.map((join, place) =>
    element(
      "div",
      { class: "cut-block", attributes: { role: "group", "aria-label": `Block ${place + 1}` } },
      element("span", { class: "cut-end", text: `block ${place + 1} · ${join.size} × ${join.size}` }),
      element(
        "div",
        { class: "cut-lanes" },
        ...ways.filter(({ cut }) => cut.layer === join.layer).map(({ toggle }) => toggle),
      ),
      element("span", { class: "cut-join", text: join.kind === "residual" ? "+" : "stacked" }),
    ),
  );
  const whole = button("All on again", () => address.change({ [name]: "" }, { step: true }), {
    class: "button button-small",
  });
  const words = element("p", { class: "cut-words", attributes: { role: "status" } });
  const pairs = element("div", { class: "cut-pairs" });
  const figures = element("dl", { class: "readouts" });
  const [before, now] = [
    ["right of 1,000 held-out digits, whole", "before"],
    ["as it stands now", "now"],
  ].map(([title, figure]) => {
    const number = element("dd", { text: "…", attributes: { "data-correct": figure } });
    figures.append(element("div", { class: "readout" }, element("dt", { text: title }), number));
    return number;
  });
  const link = element("p", { class: "learn-note" });
  parent.append(
    element("div", { class: "cut-blocks" }, ...blocks),
    element("div", { class: "learn-tools" }, whole),
    element("div", { class: "cut-said" }, pairs, element("div", {}, words, figures, link)),
  );
  const said = createScorePairs(pairs);

  /** Those of the address that this network has, in its order. */
  function cutWays() {
    const written = address.get()[name].split(" ");
    return ways.filter(({ key }) => written.includes(key));
  }

  /** @param {string} key */
  function flip(key) {
    const keys = cutWays().map((way) => way.key);
    const next = keys.includes(key) ? keys.filter((each) => each !== key) : [...keys, key];
    address.change({ [name]: next.join(" ") }, { step: true });
  }

  /** @param {HTMLElement} number @param {{correct: number, digits: number}} found */
  function tell(number, { correct, digits }) {
    number.textContent = `${formatInteger(correct)} of ${formatInteger(digits)}`;
    number.dataset.value = String(correct);
  }

  function count() {
    const keys = cutWays().map(({ key }) => key);
    if (counted === `${keys}` && before.dataset.value) return;
    counted = `${keys}`;
    now.toggleAttribute("data-stale", true);
    counting.run(
      (signal) => Promise.all([api.cutAccuracy(trained.model, [], signal), api.cutAccuracy(trained.model, keys, signal)]),
      ([intact, cut]) => {
        fail(null);
        tell(before, intact);
        tell(now, cut);
        now.removeAttribute("data-stale");
      },
      (error) => {
        counted = "";
        fail(error);
      },
    );
  }

  function ask() {
    const interventions = cutWays().map(({ cut }) => cut);
    if (image === null) {
      saying.cancel();
      said.clear();
      setText(words, "Draw a digit, and see what it says.");
      link.replaceChildren();
      asked = "";
      return;
    }
    const wanted = `${image} ${JSON.stringify(interventions)}`;
    if (asked === wanted) return;
    asked = wanted;
    const looked_at = image;
    pairs.toggleAttribute("data-stale", is_shown);
    saying.run(
      (signal) =>
        api.interventions(
          { model: trained.model, image: looked_at },
          { interventions, classes: ALL_CLASSES, top: 1 },
          signal,
        ),
      ({ classes }) => {
        fail(null);
        is_shown = true;
        pairs.removeAttribute("data-stale");
        said.show(classes);
        setText(words, saidWords(classes, interventions.length));
        link.replaceChildren(
          pageLink("The same in the microscope", {
            model: trained.model,
            image: looked_at,
            lens: "what-if",
            do: textFromInterventions(interventions) || null,
          }),
        );
      },
      (error) => {
        asked = "";
        fail(error);
      },
    );
  }

  function show() {
    const cut = cutWays();
    for (const way of ways) way.toggle.setAttribute("aria-pressed", String(!cut.includes(way)));
    whole.disabled = cut.length === 0;
    if (parent.hidden) return;
    count();
    ask();
  }
  address.subscribe(show);

  return {
    look(next) {
      image = next;
      show();
    },
    show,
  };
}

/**
 * @param {import("../../types.js").Interventions["classes"]} classes
 * @param {number} cuts
 */
function saidWords(classes, cuts) {
  const highest = (/** @type {"probability_before" | "probability_after"} */ name) =>
    classes.reduce((best, each) => ((each[name] ?? 0) > (best[name] ?? 0) ? each : best));
  const before = highest("probability_before");
  const after = highest("probability_after");
  const first = `Whole, it says ${before.label} with ${formatPercent(before.probability_before)}.`;
  if (cuts === 0) return `${first} Switch a way off.`;
  const share = formatPercent(after.probability_after);
  const is_other = after.index !== before.index;
  return `${first} Without ${cuts === 1 ? "that way" : `those ${cuts} ways`} it says ${is_other ? "" : "still "}${after.label} with ${share}.`;
}
