/** The example pictures, as thumbnails. */

import { element } from "../shared/element.js";

/**
 * @param {HTMLElement} parent
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createExamplesView(parent, { api, pictures, analysis, actions }) {
  const list = element("ul", { class: "example-list" });
  parent.append(element("h3", { class: "visually-hidden", text: "Examples" }), list);
  /** @type {Map<string, HTMLButtonElement>} */
  const buttons = new Map();

  /** @param {import("../types.js").Example} example */
  function thumbnail(example) {
    const picture = element("img", {
      attributes: { src: api.thumbnailUrl(example.id), alt: "", decoding: "async" },
    });
    const choose = element(
      "button",
      {
        class: "example",
        attributes: {
          type: "button",
          title: `${example.title} (${example.author}, ${example.licence})`,
          "aria-label": `Example: ${example.title}`,
        },
        on: { click: () => actions.openImage(example.id) },
      },
      picture,
    );
    buttons.set(example.id, choose);
    return element("li", {}, choose);
  }

  function update() {
    const { model, image } = analysis.get();
    const examples = pictures.examplesFor(model);
    if (examples.map(({ id }) => id).join() !== [...buttons.keys()].join()) {
      buttons.clear();
      list.classList.toggle("is-digits", model?.input_kind === "digit");
      list.replaceChildren(...examples.map(thumbnail));
    }
    const shown_id = pictures.example(image)?.id;
    for (const [image_id, choose] of buttons) {
      choose.setAttribute("aria-pressed", String(image_id === shown_id));
    }
  }
  const ends = [pictures.subscribe(update), analysis.subscribe(update)];
  update();

  return {
    destroy() {
      for (const end of ends) end();
      parent.replaceChildren();
    },
  };
}
