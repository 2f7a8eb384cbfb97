/** The strip: a picture for each challenge, how much of it, and what the network says. */

import { element } from "../../shared/element.js";
import { formatPercent } from "../../shared/format.js";
import { createNumberField } from "../../shared/number_field.js";
import { CHALLENGES, VARIATION, editOf } from "./challenges_keys.js";

/** Of the pictures of the strip, twice as large as they are seen. */
export const STRIP_PX = 320;

/**
 * A field for one property of the edit.
 *
 * @param {import("./challenges_keys.js").Amount} amount
 * @param {import("./challenges_keys.js").ChallengeAddress} address
 */
export function createAmountField({ key, label, low, high, step, unit, factor }, address) {
  /** @param {number} value */
  const shown = (value) => Number((value * factor).toPrecision(6));
  const field = createNumberField({
    ...{ label, low, high, step, unit },
    value: shown(address.get()[key]),
    onChange: (value) => address.change({ [key]: Number((value / factor).toPrecision(6)) }),
  });
  return { node: field.node, update: () => field.show(shown(address.get()[key])) };
}

/**
 * @param {HTMLElement} parent
 * @param {object} parts
 * @param {import("../../api/api.js").Api} parts.api
 * @param {import("./challenges_keys.js").ChallengeAddress} parts.address
 * @param {import("./challenges_variation.js").Variation} parts.variation has a card of its own
 * @param {() => void} parts.onOpen a card was tapped
 */
export function createStrip(parent, { api, address, variation, onOpen }) {
  const cards = CHALLENGES.map((challenge) => createCard(challenge));
  parent.append(...cards.map(({ node }) => node), variation.card);
  parent.addEventListener("click", ({ target }) => {
    if (target instanceof Element && target.closest(".challenge-open")) onOpen();
  });

  /** @param {import("./challenges_keys.js").Challenge} challenge */
  function createCard({ name, title, amount }) {
    const picture = element("img", { class: "challenge-picture", attributes: { alt: "" } });
    const open = element(
      "button",
      {
        class: "challenge-open",
        attributes: { type: "button", "aria-label": `Open: ${title}` },
        on: { click: () => address.change({ ch_open: name }, { step: true }) },
      },
      element("span", { class: "challenge-title", text: title }),
      picture,
    );
    const field = createAmountField(amount, address);
    const fill = element("span", { class: "challenge-fill" });
    const share = element("span", { class: "figure" });
    const says = element("span", { class: "challenge-says" });
    const result = element(
      "p",
      { class: "challenge-share" },
      element("span", { class: "challenge-track", attributes: { "aria-hidden": "true" } }, fill),
      share,
    );
    const node = element(
      "div",
      { class: "challenge-card", attributes: { "data-challenge": name } },
      ...[open, field.node, result, says],
    );
    return {
      name,
      node,
      /** @param {string | null} image */
      update(image) {
        field.update();
        open.setAttribute("aria-pressed", String(address.get().ch_open === name));
        if (image === null) return;
        const edit = editOf(address.get(), [name]);
        const source = api.editedUrl(image, { ...edit, most_px: STRIP_PX });
        if (picture.getAttribute("src") !== source) picture.src = source;
      },
      /** @param {boolean} is_other the network looks at something else */
      wait(is_other) {
        for (const each of [result, says]) each.toggleAttribute("data-stale", !is_other);
        if (!is_other) return;
        share.textContent = "…";
        says.textContent = "";
        fill.style.width = "0";
        node.classList.remove("is-lost");
      },
      /** @param {import("../../types.js").ChallengedPicture} found @param {string} label */
      show({ probability, is_survived, classes: [best] }, label) {
        for (const each of [result, says]) each.removeAttribute("data-stale");
        node.dataset.probability = String(probability);
        node.classList.toggle("is-lost", !is_survived);
        share.textContent = formatPercent(probability);
        fill.style.width = `${100 * (probability ?? 0)}%`;
        says.textContent = is_survived ? `still “${label}”` : `“${best.label}” ${formatPercent(best.probability)}`;
      },
    };
  }

  return {
    node: parent,

    /** @param {string | null} image */
    update(image) {
      for (const card of cards) card.update(image);
      variation.card.firstElementChild?.setAttribute(
        "aria-pressed",
        String(address.get().ch_open === VARIATION),
      );
    },

    /** @param {boolean} is_other */
    wait(is_other) {
      for (const card of cards) card.wait(is_other);
    },

    /** @param {import("../../types.js").Challenges} answer */
    show({ pictures, label }) {
      for (const card of cards) {
        const found = pictures.find(({ challenges }) => challenges.length === 1 && challenges[0] === card.name);
        if (found) card.show(found, label);
      }
    },
  };
}
