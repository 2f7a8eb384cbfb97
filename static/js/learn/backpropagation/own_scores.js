/** The blame of a real network's scores for the person's own picture, and of its pixels. */

import { byId, element } from "../../shared/element.js";
import { formatPercent } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { Problem } from "../../shared/problem.js";
import { pageLink } from "../parts/links.js";
import { createOwnPicture } from "../parts/own_picture.js";
import { createTrueClass } from "../parts/true_class.js";
import { createOwnGates } from "./own_gates.js";
import { createOwnPixels } from "./own_pixels.js";
import { createWaitingFormula } from "./waiting_formula.js";
import { shareText } from "./words.js";

/** @typedef {{index: number, label: string, probability: number}} Scored */

const MODEL = "efficientnet_lite0.imagenet1k";
const CLASSES = 1000;
const TOP = 5;

/**
 * @param {import("./main.js").BlameAddress} address
 * @param {import("../parts/chapter.js").Chapter} chapter
 */
export async function createOwnScores(address, { api, fail }) {
  const latest = createLatest();
  const formula = createWaitingFormula("backpropagation.own");
  /** What was answered last. @type {{image: string, classes: Scored[]} | null} */
  let scored = null;
  let image = "";

  const gates = createOwnGates({ model: MODEL, api, onFailure: failed });
  const pixels = createOwnPixels(byId("own-pixels"), { api, onFailure: failed });
  const other = createTrueClass("another class…", choose);
  byId("own-other").append(other.node);

  const picture = await createOwnPicture(byId("own-picture"), {
    api,
    address,
    onPicture(image_id) {
      // What another picture shows says nothing of this one.
      if (image !== "") address.change({ own: "" });
      image = image_id;
      byId("own-found").setAttribute("aria-busy", "true");
      byId("own-found").toggleAttribute("data-stale", true);
      latest.run(
        (signal) => api.predictions(MODEL, image_id, CLASSES, signal),
        ({ classes: found }) => {
          const classes = found.map((each) => ({ ...each, probability: each.probability ?? 0 }));
          scored = { image: image_id, classes };
          fail(null);
          other.offer(classes);
          show();
        },
        (error) => {
          scored = null;
          show();
          failed(error);
        },
      );
      gates.show(image_id);
    },
  });

  /** @param {unknown} error */
  function failed(error) {
    if (error instanceof Problem && error.type === "unknown-image") picture.forget();
    else fail(error);
  }

  /** @param {number} index */
  function choose(index) {
    address.change({ own: String(index) }, { step: true });
  }

  /** Of a picture that is not the chosen one any more, nothing is shown anew. */
  function show() {
    if (scored && scored.image !== image) return;
    byId("own-found").setAttribute("aria-busy", "false");
    byId("own-found").removeAttribute("data-stale");
    byId("own-found").hidden = scored === null;
    if (!scored) {
      pixels.clear();
      return;
    }
    const { classes } = scored;
    const right = classes.find(({ index }) => String(index) === address.get().own) ?? classes[0];
    const first = classes.slice(0, TOP);
    const shown = first.includes(right) ? first : [...first, right];
    const had_focus = document.activeElement?.getAttribute("name") === "right-class";
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
          element("tbody", {}, ...shown.map((each) => line(each, each === right))),
        ),
      ),
    );
    if (had_focus) /** @type {HTMLElement} */ (document.querySelector("input[name=right-class]:checked"))?.focus();
    other.select(right.index);
    byId("own-said").replaceChildren(
      `What ${MODEL} said of your picture is p. Say what is right, and the blame of every score is known: p − y. A step against it pushes the right score up and all others down. `,
      pageLink("All its scores in the microscope", { model: MODEL, image }),
      ".",
    );
    formula.fill({ p: right.probability, y: 1, gradient: right.probability - 1 }, shareText);
    pixels.show({ model: MODEL, image, class: right.index });
  }

  /** @param {Scored} found @param {boolean} is_right */
  function line({ index, label, probability }, is_right) {
    const y = is_right ? 1 : 0;
    const gradient = probability - y;
    const radio = element("input", {
      attributes: { type: "radio", name: "right-class", value: index, checked: is_right },
      on: { change: () => choose(index) },
    });
    const bar = element("span", { class: `blame-bar${gradient < 0 ? " is-up" : ""}` });
    bar.style.setProperty("--size", String(Math.abs(gradient)));
    return element(
      "tr",
      { class: is_right ? "is-right" : "", attributes: { "data-class": index } },
      element("th", { attributes: { scope: "row" } }, element("label", {}, radio, element("span", { text: label }))),
      element("td", { class: "figure", text: formatPercent(probability), attributes: { "data-p": probability } }),
      element("td", { class: "figure", text: String(y) }),
      element("td", { class: "figure", attributes: { "data-gradient": gradient } }, element("span", { text: shareText(gradient) }), bar),
    );
  }

  address.subscribe(show);
}
