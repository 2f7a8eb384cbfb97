/** Where a side's picture comes from: the examples, a file, what is pasted. */

import { button, element } from "../../shared/element.js";

/**
 * @param {object} parts
 * @param {string} parts.name "Picture on both sides"
 * @param {import("../../api/api.js").Api} parts.api
 * @param {import("../../types.js").Example[]} parts.examples
 * @param {(image_id: string) => void} parts.onChoose
 * @param {(file: File) => void} parts.onFile
 */
export function createPictureStrip({ name, api, examples, onChoose, onFile }) {
  const list = element("div", { class: "compare-strip-list" });
  const file = element("input", {
    class: "visually-hidden",
    attributes: { type: "file", accept: "image/*", tabindex: -1, "aria-label": `File: ${name}` },
    on: {
      change() {
        const chosen = file.files?.[0];
        file.value = "";
        if (chosen) onFile(chosen);
      },
    },
  });
  const sending = element("span", { class: "quiet", attributes: { role: "status" } });
  const node = element(
    "div",
    { class: "compare-strip", attributes: { role: "group", "aria-label": name } },
    list,
    button("Upload", () => file.click(), { class: "button button-small" }),
    file,
    sending,
  );
  /** @type {Map<string, HTMLButtonElement>} */
  const buttons = new Map();

  /** @param {string} id @param {string} title */
  function thumbnail(id, title) {
    const choose = element(
      "button",
      {
        class: "compare-example",
        attributes: { type: "button", title, "aria-label": title, "aria-pressed": "false" },
        on: { click: () => onChoose(id) },
      },
      element("img", { attributes: { src: api.thumbnailUrl(id), alt: "", decoding: "async" } }),
    );
    buttons.set(id, choose);
    return choose;
  }

  return {
    node,

    /** @param {string} image @param {"photograph" | "digit"} kind of pictures that are read here */
    show(image, kind) {
      const fitting = examples.filter((each) => kindOf(each) === kind);
      const known = fitting.map(({ id, title }) => ({ id, title }));
      if (!known.some(({ id }) => id === image)) {
        const other = examples.find(({ id }) => id === image);
        known.push({ id: image, title: other?.title ?? "Your picture" });
      }
      if (known.map(({ id }) => id).join() !== [...buttons.keys()].join()) {
        buttons.clear();
        list.replaceChildren(...known.map(({ id, title }) => thumbnail(id, title)));
      }
      // Ten of them, and square: they stand in one row.
      node.classList.toggle("is-of-digits", kind === "digit");
      for (const [id, each] of buttons) each.setAttribute("aria-pressed", String(id === image));
    },

    /** @param {string} text how far an upload is */
    say(text) {
      sending.textContent = text;
    },
  };
}

/** @param {import("../../types.js").Example & {kind?: "photograph" | "digit"}} example */
export const kindOf = ({ kind }) => kind ?? "photograph";
