/** The six in their years, with the errors that they published; one of them is open. */

import { byId, element } from "../../shared/element.js";
import { DESIGNS } from "./address.js";

/** The longest bar, percent. */
const LONGEST = 16;

/**
 * @param {import("./address.js").Address} address
 * @param {import("../../types.js").FamousDesign[]} designs
 */
export function createTimeline(address, designs) {
  const buttons = designs.map(({ name, paper, error, parameters }, place) => {
    const is_digits = error.percent < 1;
    const bar = element("span", { class: "when-bar" });
    bar.style.width = `${(100 * error.percent) / LONGEST}%`;
    return element(
      "button",
      {
        class: "when-design",
        attributes: { type: "button", "data-parameters": parameters },
        on: { click: () => address.change({ design: DESIGNS[place] }, { step: true }) },
      },
      element("span", { class: "when-year", text: String(paper.year) }),
      element("span", { class: "when-name", text: name }),
      element("span", { class: "when-track" }, bar),
      element("span", {
        class: "when-error",
        text: `${error.percent} % ${is_digits ? "of digits" : "top-5"}`,
      }),
    );
  });
  byId("timeline").append(...buttons);

  function show() {
    const open = DESIGNS.indexOf(address.get().design);
    for (const [place, button] of buttons.entries()) {
      button.setAttribute("aria-pressed", String(place === open));
      button.classList.toggle("is-before", place === open - 1);
    }
  }
  address.subscribe(show);
  show();
}
