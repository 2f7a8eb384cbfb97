/** Ten held-out digits to choose from; the same once more is another of its kind. */

import { element } from "../../shared/element.js";

const OF_EACH = 100;

/**
 * @param {import("./address.js").Address} address
 * @param {import("../../api/api.js").Api} api
 */
export function createDigitChoice(address, api) {
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
    const former = address.get();
    const is_again = former.drawing === "" && former.digit === digit;
    const number = is_again ? (former.number + 1) % OF_EACH : former.number;
    address.change({ digit, number, drawing: "", right: 0, down: 0 }, { step: true });
  }

  return {
    node: element(
      "div",
      { class: "digit-buttons", attributes: { role: "group", "aria-label": "Digit" } },
      ...buttons,
    ),

    show() {
      const { digit, number, drawing } = address.get();
      for (const [each, image] of images.entries()) {
        buttons[each].setAttribute("aria-pressed", String(drawing === "" && each === digit));
        const source = api.heldOutDigitUrl(each, each === digit ? number : 0);
        if (image.getAttribute("src") !== source) image.src = source;
      }
    },
  };
}
