/** What is left of the picture when it reaches the network, pixel for pixel. */

import { button, element } from "../shared/element.js";
import { formatInputSize } from "../shared/format.js";
import { createPictureSwap } from "./swap.js";

/** @type {[import("../page_types.js").Preparation, string][]} */
const PREPARATIONS = [
  ["centred", "centred"],
  ["as-drawn", "as drawn"],
];

/**
 * @param {HTMLElement} parent
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createNetworkInputView(parent, { api, analysis, state, network, pixel_reach }) {
  const thumbnail = element("div", { class: "network-input-picture" });
  const size = element("p", { class: "figure" });
  const links = element("p");
  const link = element("a", {
    text: "Save as .npy",
    attributes: { download: true, title: "The exact float32 tensor; numpy.load reads it" },
  });
  const reach = button("Follow a pixel", () => pixel_reach.toggle(), {
    class: "link reach-button",
    title: "Choose a pixel, here or in the picture, and see which units of every layer it reaches (r)",
  });
  links.append(link);
  links.classList.add("is-invisible");
  const choice = element(
    "select",
    {
      class: "select network-input-preparation",
      attributes: {
        "aria-label": "How the digit is prepared",
        title: "Centred: the ink is cut out, scaled and put into the middle, so that moving it "
          + "changes nothing. As drawn: the network sees where the digit stands, and how large.",
        hidden: true,
      },
      on: {
        change() {
          const chosen = PREPARATIONS.find(([preparation]) => preparation === choice.value);
          if (chosen) state.change({ preparation: chosen[0] });
        },
      },
    },
    ...PREPARATIONS.map(([value, text]) => element("option", { text, attributes: { value } })),
  );
  parent.append(
    thumbnail,
    element("div", {}, element("h3", { text: "Network input" }), size, links, element("p", {}, reach), choice),
  );
  let shown_url = "";
  const swap = createPictureSwap(
    (picture) => {
      thumbnail.replaceChildren(picture);
      thumbnail.classList.remove("is-former");
    },
    () => {
      thumbnail.replaceChildren();
      thumbnail.classList.remove("is-former");
    },
  );

  function update() {
    const { phase, model, seen } = analysis.get();
    size.textContent = model ? formatInputSize(model.input_size) : "";
    if (model) choice.hidden = model.preparations.length < 2;
    choice.value = state.get().preparation;
    reach.disabled = network.get().detail === null;
    reach.setAttribute("aria-pressed", String(state.get().pixel !== null));
    links.classList.toggle("is-invisible", phase !== "ready" || !seen);
    // The one from before stands, dimmed, until the next is here; not that of another network.
    if (phase === "loading" && seen) return;
    if (phase !== "ready" || !seen || seen.image === null) {
      swap.clear();
      shown_url = "";
      thumbnail.replaceChildren();
      return;
    }
    thumbnail.classList.toggle("is-pixelated", seen.input_size.width <= 96);
    const url = api.inputUrl(seen.model, seen.image, "png");
    if (url !== shown_url) thumbnail.classList.add("is-former");
    shown_url = url;
    swap.show(url, "The picture as the network sees it");
    link.href = api.inputUrl(seen.model, seen.image, "npy");
    link.download = `${seen.model}-input.npy`;
  }
  const ends = [analysis, state, network].map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      parent.replaceChildren();
    },
  };
}
