/** What is to be known of how the picture was read, and the choice of its colours. */

import { button, element } from "../shared/element.js";

const CHOICES = { profile: "Convert by the profile", stored: "Take the file's own numbers" };

/**
 * @param {HTMLElement} parent
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createPictureNotesView(parent, { analysis, pictures, state }) {
  const list = element("ul", { attributes: { "aria-label": "How the picture was read" } });
  // A region that is always there: what comes into it is read out.
  const region = element("div", { attributes: { role: "status" } }, list);
  parent.append(region);
  let shown = "";
  /** A choice was made here: its button gives way to the opposite one, which gets the focus. */
  let was_chosen_here = false;

  /** @param {import("../types.js").PictureNote} note */
  function line({ text, alternative }) {
    const choose = () => {
      was_chosen_here = true;
      state.change({ picture_colours: alternative ?? "stored" });
    };
    return element(
      "li",
      {},
      element("span", { class: "picture-note", text }),
      alternative && button(CHOICES[alternative], choose, { class: "button button-small" }),
    );
  }

  function update() {
    const { image, seen, phase } = analysis.get();
    const { sending } = pictures.get();
    const is_told = seen !== null && seen.image === image && sending === null;
    // Those of the picture before keep their room, so that nothing jumps.
    region.classList.toggle("is-invisible", !is_told);
    if (phase === "loading" && !is_told) return;
    const notes = is_told ? seen.notes : [];
    const key = JSON.stringify(notes);
    if (key === shown) return;
    shown = key;
    parent.hidden = notes.length === 0;
    list.replaceChildren(...notes.map(line));
    if (was_chosen_here) list.querySelector("button")?.focus();
    was_chosen_here = false;
  }
  const ends = [analysis.subscribe(update), pictures.subscribe(update)];
  update();

  return {
    destroy() {
      for (const end of ends) end();
      parent.replaceChildren();
    },
  };
}
