/** The blame of a real network's scores for the person's own picture, and two of its gates. */

import { readable } from "../../lenses/arithmetic/values.js";
import { byId, element } from "../../shared/element.js";
import { formatPercent } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { Problem } from "../../shared/problem.js";
import { pageLink } from "../parts/links.js";
import { createOwnPicture } from "../parts/own_picture.js";
import { createWaitingFormula } from "./waiting_formula.js";

/** @typedef {import("../../types.js").Explanation} Explanation */
/** @typedef {{index: number, label: string, probability: number}} Scored */

const MODEL = "efficientnet_lite0.imagenet1k";
const TOP = 5;
// A rectifier and an addition, each at the unit that answered most.
const GATES = ["bn1.act", "blocks.1.1.add"];

/**
 * @param {import("./main.js").BlameAddress} address
 * @param {import("../parts/chapter.js").Chapter} chapter
 */
export async function createOwnScores(address, { api, fail }) {
  const scores = createLatest();
  const gates = createLatest();
  const formula = createWaitingFormula("backpropagation.own");
  /** @type {Scored[]} */
  let classes = [];
  let image = "";

  const picture = await createOwnPicture(byId("own-picture"), {
    api,
    address,
    onPicture(image_id) {
      image = image_id;
      scores.run(
        (signal) => api.predictions(MODEL, image_id, TOP, signal),
        (answer) => {
          classes = answer.classes.map((each) => ({ ...each, probability: each.probability ?? 0 }));
          show();
        },
        failed,
      );
      gates.run((signal) => explained(image_id, signal), showGates, failed);
    },
  });

  /** @param {unknown} error */
  function failed(error) {
    if (error instanceof Problem && error.type === "unknown-image") picture.forget();
    else fail(error);
  }

  /** @param {string} image_id @param {AbortSignal} signal @returns {Promise<Explanation[]>} */
  function explained(image_id, signal) {
    return Promise.all(
      GATES.map(async (layer) => {
        const place = { model: MODEL, layer, image: image_id };
        const { units } = await api.strongestUnit(place, signal);
        const [{ channel, row, column }] = units;
        const unit = { channel, row: row ?? undefined, column: column ?? undefined };
        return api.explanation({ ...place, ...unit }, signal);
      }),
    );
  }

  function show() {
    if (classes.length === 0) return;
    const right = classes.find(({ index }) => String(index) === address.get().own) ?? classes[0];
    const chosen = document.activeElement?.getAttribute("name") === "right-class";
    byId("own-scores").replaceChildren(
      element(
        "fieldset",
        { class: "own-classes" },
        element("legend", { text: "Which one is right?" }),
        element(
          "table",
          {},
          element(
            "thead",
            {},
            element("tr", {}, ...["class", "p", "y", "p − y"].map((text) => element("th", { text, attributes: { scope: "col" } }))),
          ),
          element("tbody", {}, ...classes.map((each) => line(each, each === right))),
        ),
      ),
    );
    if (chosen) /** @type {HTMLElement} */ (document.querySelector("input[name=right-class]:checked"))?.focus();
    byId("own-said").replaceChildren(
      `What ${MODEL} said of your picture is p. Say what is right, and the blame of every score is known: p − y. The right score is pushed up, all others down. `,
      pageLink("All its scores in the microscope", { model: MODEL, image }),
      ".",
    );
    formula.fill({ p: right.probability, y: 1, gradient: right.probability - 1 });
  }

  /** @param {Scored} found @param {boolean} is_right */
  function line({ index, label, probability }, is_right) {
    const y = is_right ? 1 : 0;
    const gradient = probability - y;
    const radio = element("input", {
      attributes: { type: "radio", name: "right-class", value: index, checked: is_right },
      on: { change: () => address.change({ own: String(index) }, { step: true }) },
    });
    const bar = element("span", { class: `blame-bar${gradient < 0 ? " is-up" : ""}` });
    bar.style.setProperty("--size", String(Math.abs(gradient)));
    return element(
      "tr",
      { class: is_right ? "is-right" : "", attributes: { "data-class": index } },
      element("th", { attributes: { scope: "row" } }, element("label", {}, radio, element("span", { text: label }))),
      element("td", { class: "figure", text: formatPercent(probability), attributes: { "data-p": probability } }),
      element("td", { class: "figure", text: String(y) }),
      element("td", { class: "figure", attributes: { "data-gradient": gradient } }, element("span", { text: readable(gradient) }), bar),
    );
  }

  /** @param {Explanation[]} found */
  function showGates(found) {
    byId("own-gates").replaceChildren(
      ...found.map(({ model, layer, channel, row, column, operation, value, derivatives }) =>
        element(
          "li",
          { attributes: { "data-layer": layer } },
          `${operation} in ${layer} gave ${readable(value)}; its local gradient${derivatives.length > 1 ? "s are" : " is"} `,
          ...derivatives.flatMap(({ value: slope }, place) => [
            place > 0 ? " and " : "",
            element("span", { class: "figure", text: readable(slope), attributes: { "data-slope": slope ?? "" } }),
          ]),
          derivatives.every(({ value: slope }) => slope === 0)
            ? ": nothing passes back, it is not to blame. "
            : ": what flows in passes back. ",
          pageLink("See it in the microscope", { model, image, layer, channel, row, column, lens: "number" }),
          ".",
        ),
      ),
    );
  }
  address.subscribe(show);
}
