/** The challenges in pairs: a number in every cell, and the picture of the one that is looked at. */

import { textFromEdit } from "../../address/picture_edit.js";
import { byId, element, setText } from "../../shared/element.js";
import { formatPercent } from "../../shared/format.js";
import { pageLink } from "../parts/links.js";
import { CHALLENGES, challengeNamed } from "./challenges_keys.js";
import { lostTogether, pairNamed, wordsFor } from "./challenges_words.js";

const PICTURE_PX = 480;
const ALL = "all";
const NO_MERIT = "Its weights are random: what it says means nothing yet, and that it keeps saying it is no merit.";

/** @typedef {import("../../types.js").ChallengedPicture} ChallengedPicture */

/** @param {number | null} share  Shorter than elsewhere: there are 36 of them. */
const inCell = (share) => {
  if (share === null) return "–";
  const percent = 100 * share;
  if (percent > 0 && percent < 0.1) return "<0.1";
  return percent < 10 ? percent.toFixed(1) : percent.toFixed(0);
};

/**
 * @param {object} parts
 * @param {import("../../api/api.js").Api} parts.api
 * @param {import("./challenges_keys.js").ChallengeAddress} parts.address
 */
export function createPairs({ api, address }) {
  const table = byId("challenge-grid");
  const cell_room = byId("challenge-cell");
  const words = byId("challenge-words");
  const all = byId("challenge-all");
  /** @type {import("../../types.js").Challenges | null} */
  let answer = null;
  /** @type {import("./challenges_subject.js").Subject | null} */
  let subject = null;

  const heads = CHALLENGES.map(({ title }) =>
    element("th", { attributes: { scope: "col" } }, element("span", { text: title })),
  );
  table.querySelector("thead tr")?.replaceChildren(element("td"), ...heads);
  /** By the names of both, in either order. @type {Map<string, HTMLButtonElement>} */
  const buttons = new Map();
  table.querySelector("tbody")?.replaceChildren(
    ...CHALLENGES.map((row) =>
      element(
        "tr",
        {},
        element("th", { text: row.title, attributes: { scope: "row" } }),
        ...CHALLENGES.map((column) => {
          const name = row === column ? row.name : pairNamed([row.name, column.name]);
          const node = element("button", {
            class: "challenge-cell-button figure",
            attributes: { type: "button", "data-pair": name },
            on: { click: () => address.change({ ch_pair: name }, { step: true }) },
          });
          buttons.set(`${row.name} ${column.name}`, node);
          return element("td", { class: row === column ? "is-alone" : "" }, node);
        }),
      ),
    ),
  );
  const all_button = element("button", {
    class: "challenge-cell-button is-wide figure",
    attributes: { type: "button", "data-pair": ALL },
    on: { click: () => address.change({ ch_pair: ALL }, { step: true }) },
  });
  all.append("All six at once: ", all_button);

  /** @param {string} name of a pair, of one, or `all` @returns {ChallengedPicture | undefined} */
  function pictureOf(name) {
    return answer?.pictures.find(
      ({ challenges }) =>
        (challenges.length === CHALLENGES.length ? ALL : pairNamed(challenges)) === name,
    );
  }

  /** What is looked at: as chosen, else where two are lost together most, else the worst pair. */
  function chosen() {
    const wanted = pictureOf(address.get().ch_pair);
    if (wanted && wanted.challenges.length > 0) return wanted;
    if (!answer) return undefined;
    const pairs = answer.pictures.filter(({ challenges }) => challenges.length === 2);
    const lowest = (/** @type {ChallengedPicture[]} */ some) =>
      [...some].sort((one, other) => (one.probability ?? 0) - (other.probability ?? 0))[0];
    return lowest(lostTogether(answer)) ?? lowest(pairs);
  }

  function fillGrid() {
    if (!answer) return;
    const { label } = answer;
    const together = new Set(lostTogether(answer).map(({ challenges }) => pairNamed(challenges)));
    for (const button of [...buttons.values(), all_button]) {
      const name = button.dataset.pair ?? "";
      const found = pictureOf(name);
      if (!found) continue;
      const { probability, is_survived, classes: [best], challenges } = found;
      button.style.setProperty("--share", String(probability ?? 0));
      button.classList.toggle("is-lost", !is_survived);
      button.classList.toggle("is-together", together.has(name));
      const written = formatPercent(probability);
      button.textContent = name === ALL ? written : inCell(probability);
      button.dataset.probability = String(probability);
      const whole = name === ALL
        ? "All six"
        : challenges.map((each) => challengeNamed(each)?.title.toLowerCase()).join(" and ");
      const said = is_survived ? `still ${label}` : `lost to ${best.label}`;
      button.setAttribute("aria-label", `${whole}: ${written}, ${said}`);
    }
  }

  function showCell() {
    const found = chosen();
    if (!found || !answer || !subject) return;
    const name = found.challenges.length === CHALLENGES.length ? ALL : pairNamed(found.challenges);
    for (const button of [...buttons.values(), all_button]) {
      button.setAttribute("aria-pressed", String(button.dataset.pair === name));
    }
    const { ch_pair: wanted } = address.get();
    const title = name === ALL
      ? "All six at once"
      : found.challenges.map((each) => challengeNamed(each)?.title).join(" and ");
    const edit = /** @type {Record<string, number>} */ ({ ...found.edit });
    const source = api.editedUrl(subject.image, { ...edit, most_px: PICTURE_PX });
    const key = JSON.stringify([source, answer.model, answer.class, title]);
    if (cell_room.dataset.shown === key) return;
    cell_room.dataset.shown = key;
    cell_room.replaceChildren(
      element("h4", { text: wanted && wanted === name ? title : `${title}${name === ALL ? "" : ", the costliest"}` }),
      element("img", {
        class: "challenge-large",
        attributes: { src: source, alt: `The picture under: ${title.toLowerCase()}` },
      }),
      element(
        "ol",
        { class: "challenge-scores", attributes: { "aria-label": "Highest scores" } },
        ...found.classes.map(({ index, label, probability }) =>
          element(
            "li",
            { class: index === answer?.class ? "is-followed" : "" },
            element("span", { text: label }),
            element("span", { class: "figure", text: formatPercent(probability) }),
          ),
        ),
      ),
      element(
        "p",
        { class: "challenge-note" },
        `“${answer.label}” `,
        element("span", { class: "figure", text: formatPercent(found.probability) }),
        " · ",
        pageLink("in the microscope", {
          model: answer.model,
          image: subject.image,
          lens: "what-if",
          seen: textFromEdit(edit),
          preparation: subject.preparation,
        }),
      ),
    );
  }

  return {
    update: showCell,

    /** @param {boolean} is_other the network looks at something else */
    wait(is_other) {
      for (const each of [table, words, cell_room, all]) each.toggleAttribute("data-stale", !is_other);
      if (!is_other) return;
      answer = null;
      for (const button of [...buttons.values(), all_button]) {
        button.textContent = "…";
        button.setAttribute("aria-pressed", "false");
        button.classList.remove("is-lost", "is-together");
        button.style.setProperty("--share", "0");
      }
      setText(words, "The network looks at 23 pictures: unchanged, each challenge alone, each pair, and all six at once.");
      cell_room.replaceChildren();
      delete cell_room.dataset.shown;
    },

    /**
     * @param {import("../../types.js").Challenges} found
     * @param {import("./challenges_subject.js").Subject} of
     */
    show(found, of) {
      answer = found;
      subject = of;
      for (const each of [table, words, cell_room, all]) each.removeAttribute("data-stale");
      const is_random = of.model.origin === "random";
      setText(words, is_random ? `${wordsFor(found)} ${NO_MERIT}` : wordsFor(found));
      fillGrid();
      showCell();
    },
  };
}
