/** The picture as it is changed under What if, in the place of the picture itself. */

import { element, setText } from "../shared/element.js";

/**
 * @param {HTMLElement} frame positioned, and of exactly the picture's size on the screen
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createEditedOverlay(frame, { api, stage, state }) {
  const picture = element("img", {
    class: "edited-picture",
    attributes: { alt: "The picture as it is changed", draggable: "false", hidden: true },
  });
  const label = element("p", { class: "edited-label", attributes: { hidden: true } });
  // Beneath what is said about the crop.
  frame.firstElementChild?.after(picture, label);

  function update() {
    const variant = stage.edited.get();
    const is_shown = variant !== null && state.get().lens === "what-if";
    picture.hidden = !is_shown;
    label.hidden = !is_shown;
    if (!is_shown) return;
    const url = api.imageUrl(variant);
    if (picture.getAttribute("src") !== url) picture.src = url;
    setText(label, "changed under What if");
  }

  const ends = [stage.edited, state].map((source) => source.subscribe(update));
  update();
  return {
    destroy() {
      for (const end of ends) end();
      picture.remove();
      label.remove();
    },
  };
}
