/** Chapter 10: what do sharing and depth buy? */

import { byId } from "../../shared/element.js";
import { Problem } from "../../shared/problem.js";
import { startChapter } from "../parts/chapter.js";
import { pageLink } from "../parts/links.js";
import { createOwnPicture } from "../parts/own_picture.js";
import { address } from "./address.js";
import { createCounts } from "./counts.js";
import { createCurves } from "./curves.js";
import { createDepth } from "./depth.js";
import { createDigits } from "./digits.js";
import { createMovedMaps } from "./moved_maps.js";
import { pictureNetwork } from "../parts/picture_network.js";

startChapter(address, async (chapter) => {
  createCounts(address);
  const curves = createCurves(address, chapter.part());
  const digits = createDigits(address, chapter.part(), curves.waitFor).catch(chapter.fail);
  const detail = await pictureNetwork(chapter.api);
  for (const each of document.querySelectorAll("[data-network]")) each.textContent = detail.title;
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
  const moved_maps = createMovedMaps(address, part(), detail);
  const depth = createDepth(address, part(), detail);
  own = await createOwnPicture(byId("move-picture"), {
    api: chapter.api,
    address,
    onPicture(image) {
      moved_maps.look(image);
      depth.look(image);
      showLinks(image, detail.id);
    },
  });
  digits.then(curves.start);
});

/** @param {string} image @param {string} model */
function showLinks(image, model) {
  byId("yours-links").replaceChildren(
    pageLink("Its maps, layer by layer", { model, image, lens: "maps" }),
    " · ",
    pageLink("move, turn and scale it, and follow the scores", { model, image, lens: "what-if" }),
    " · ",
    pageLink("all fields of all networks", {}, "fields"),
    " · ",
    pageLink("draw a digit as it stands", { model: "lenet5.mnist5k", preparation: "as-drawn" }),
  );
}
