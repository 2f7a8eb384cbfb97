/** What is left of the picture when it reaches the network, pixel for pixel. */

import { element } from "../shared/element.js";
import { formatInputSize } from "../shared/format.js";
import { createPictureSwap } from "./swap.js";

/**
 * @param {HTMLElement} parent
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createNetworkInputView(parent, { api, analysis }) {
  const thumbnail = element("div", { class: "network-input-picture" });
  const size = element("p", { class: "figure" });
  const links = element("p");
  const link = element("a", {
    text: "Save as .npy",
    attributes: { download: true, title: "The exact float32 tensor; numpy.load reads it" },
  });
  links.append(link);
  links.classList.add("is-invisible");
  parent.append(
    thumbnail,
    element("div", {}, element("h3", { text: "Network input" }), size, links),
  );
  const swap = createPictureSwap(
    (picture) => {
      thumbnail.replaceChildren(picture);
    },
    () => {
      thumbnail.replaceChildren();
    },
  );

  function update() {
    const { phase, model, seen } = analysis.get();
    size.textContent = model ? formatInputSize(model.input_size) : "";
    if (phase === "loading") return; // the one from before stands until the next is here
    if (phase !== "ready" || !seen || seen.image === null) {
      swap.clear();
      thumbnail.replaceChildren();
      links.classList.add("is-invisible");
      return;
    }
    thumbnail.classList.toggle("is-pixelated", seen.input_size.width <= 96);
    swap.show(
      api.inputUrl(seen.model, seen.image, "png"),
      "The picture as the network sees it",
    );
    link.href = api.inputUrl(seen.model, seen.image, "npy");
    link.download = `${seen.model}-input.npy`;
    links.classList.remove("is-invisible");
  }
  const end = analysis.subscribe(update);
  update();

  return {
    destroy() {
      end();
      parent.replaceChildren();
    },
  };
}
