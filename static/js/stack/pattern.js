/** Which pixels of a field are read along one axis, as a row of squares. */

import { element, setText } from "../shared/element.js";

const WIDEST_PATTERN = 120;

/** @param {HTMLElement} parent */
export function createPattern(parent) {
  const pattern = element("div", { class: "pattern", attributes: { "aria-hidden": "true" } });
  const text = element("p", { class: "quiet" });
  parent.append(pattern, text);

  return {
    /** @param {boolean[] | null} read null: there is no layer */
    show(read) {
      const fits = read !== null && read.length <= WIDEST_PATTERN;
      pattern.hidden = !fits;
      pattern.replaceChildren(
        ...(fits ? read : []).map((is_read) =>
          element("span", { class: is_read ? "pattern-pixel is-read" : "pattern-pixel" }),
        ),
      );
      if (read === null) {
        setText(text, "");
        return;
      }
      const holes = read.filter((is_read) => !is_read).length;
      setText(
        text,
        holes === 0
          ? "Along one axis every pixel of the field is read."
          : `Gridding: along one axis ${holes} of ${read.length} pixels are never read.`,
      );
    },
  };
}
