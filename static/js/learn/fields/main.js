/** Chapter 11: which layer can see the whole cat? */

import { byId } from "../../shared/element.js";
import { Problem } from "../../shared/problem.js";
import { startChapter } from "../parts/chapter.js";
import { pageLink } from "../parts/links.js";
import { createOwnPicture } from "../parts/own_picture.js";
import { layersWithWindows, pictureNetwork } from "../parts/picture_network.js";
import { address } from "./address.js";
import { createDepth } from "./depth.js";
import { createSlide } from "./slide.js";
import { createStacked } from "./stacked.js";
import { createStrongest } from "./strongest.js";
import { createSwap } from "./swap.js";

startChapter(address, async (chapter) => {
  createStacked(address, chapter.part());
  createSwap(address, chapter.part());
  const [detail, { examples }] = await Promise.all([pictureNetwork(chapter.api), chapter.api.examples()]);
  for (const each of document.querySelectorAll("[data-network]")) each.textContent = detail.title;
  const layers = layersWithWindows(detail);
  const strongest = createStrongest(chapter.api, detail.id);
  /** @type {{forget: () => void} | null} */
  let own = null;
  /** A picture that the server has forgotten gives way to an example. */
  function part() {
    const { fail, ...rest } = chapter.part();
    return {
      ...rest,
      /** @param {unknown} error */
      fail(error) {
        if (own && error instanceof Problem && error.type === "unknown-image") own.forget();
        else fail(error);
      },
    };
  }
  const depth = createDepth(address, part(), detail, layers, strongest);
  const slide = createSlide(address, part(), detail, layers, { strongest, examples });
  own = await createOwnPicture(byId("depth-own"), {
    api: chapter.api,
    address,
    onPicture(image) {
      depth.look(image);
      slide.look(image);
      showLinks(image, detail, layers);
    },
  });
});

/**
 * @param {string} image
 * @param {import("../../types.js").ModelDetail} detail
 * @param {import("../../types.js").Layer[]} layers with windows
 */
function showLinks(image, detail, layers) {
  const model = detail.id;
  const mixing = detail.layers.find(
    ({ operation, kernel }) => operation.includes("convolution") && kernel?.width === 1 && kernel.height === 1,
  );
  byId("yours-links").replaceChildren(
    pageLink("Click a unit and see its field", { model, image, layer: layers[Math.min(5, layers.length - 1)].id, lens: "maps" }),
    " · ",
    pageLink("cover the picture, and follow the scores", { model, image, lens: "what-if" }),
    " · ",
    ...(mixing ? [pageLink("a 1 × 1 convolution, number by number", { model, image, layer: mixing.id, lens: "number" }), " · "] : []),
    pageLink("gridding in a trained network", { model: "dilated_net.mnist5k", layer: "conv3" }),
    " · ",
    pageLink("both halves of a separable convolution", { model: "separable_net.mnist5k" }),
    " · ",
    pageLink("all fields of all networks", {}, "fields"),
  );
}
