/** The picture as it is changed under What if, in the place of the picture itself. */

import { element } from "../shared/element.js";

/**
 * @param {HTMLElement} frame positioned, and of exactly the picture's size on the screen
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createEditedOverlay(frame, { api, stage, state }) {
  const picture = element("img", {
    class: "edited-picture",
    attributes: { alt: "The picture as it is changed", draggable: "false" },
  });
  const label = element("p", { class: "edited-label", text: "changed under What if" });

  function update() {
    const variant = stage.edited.get();
    const is_shown = variant !== null && state.get().lens === "what-if";
    if (!is_shown) {
      picture.remove();
      label.remove();
      return;
    }
    const url = api.imageUrl(variant);
    if (picture.getAttribute("src") !== url) picture.src = url;
    // Beneath what is said about the crop.
    if (!picture.isConnected) frame.firstElementChild?.after(picture, label);
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
