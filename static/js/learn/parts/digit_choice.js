/** Ten held-out digits to choose from; the same once more is another of its kind. */

import { element } from "../../shared/element.js";

const OF_EACH = 100;

/**
 * @typedef {object} Digit
 * @property {number} digit
 * @property {number} number which of those that were held out, 0 to 99
 * @property {string} drawing id of the person's own, which stands in its place; empty for none
 */

/**
 * @param {import("../../api/api.js").Api} api
 * @param {{get: () => Digit, onChoose: (digit: Digit) => void}} parts get: which it is now
 */
export function createDigitChoice(api, { get, onChoose }) {
  const images = Array.from({ length: 10 }, () =>
    element("img", { attributes: { alt: "", width: 28, height: 28 } }),
  );
  const buttons = images.map((image, digit) =>
    element(
      "button",
      {
        class: "digit-button",
        attributes: { type: "button", "aria-label": `A held-out ${digit}` },
        on: { click: () => choose(digit) },
      },
      image,
    ),
  );

  /** @param {number} digit */
  function choose(digit) {
    const former = get();
    const is_again = former.drawing === "" && former.digit === digit;
    onChoose({ digit, number: is_again ? (former.number + 1) % OF_EACH : former.number, drawing: "" });
  }

  return {
    node: element(
      "div",
      { class: "digit-buttons", attributes: { role: "group", "aria-label": "Digit" } },
      ...buttons,
    ),

    show() {
      const { digit, number, drawing } = get();
      for (const [each, image] of images.entries()) {
        buttons[each].setAttribute("aria-pressed", String(drawing === "" && each === digit));
        const source = api.heldOutDigitUrl(each, each === digit ? number : 0);
        if (image.getAttribute("src") !== source) image.src = source;
      }
    },
  };
}
