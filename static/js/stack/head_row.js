/** The heads of a table whose last column holds buttons. */

import { element } from "../shared/element.js";

/** @param {string[]} heads @param {string} of_buttons for who cannot see what stands beneath */
export const headRow = (heads, of_buttons) =>
  element(
    "tr",
    {},
    ...heads.map((text) => element("th", { text, attributes: { scope: "col" } })),
    element(
      "th",
      { attributes: { scope: "col" } },
      element("span", { class: "visually-hidden", text: of_buttons }),
    ),
  );
