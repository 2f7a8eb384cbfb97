/** Chapter 8: a kernel slides over the person's picture, and all its places are one matrix product. */

import { decodeNpy } from "../../shared/maps.js";
import { byId } from "../../shared/element.js";
import { Problem } from "../../shared/problem.js";
import { startChapter } from "../parts/chapter.js";
import { pageLink } from "../parts/links.js";
import { createOwnPicture } from "../parts/own_picture.js";
import { address, shownOf } from "./address.js";
import { createLayer } from "./layer.js";
import { createLesson } from "./lesson.js";
import { createSizes } from "./sizes.js";
import { createSlide } from "./slide.js";

const NETWORK = { model: "efficientnet_lite0.imagenet1k", layer: "conv_stem" };

startChapter(address, async (chapter) => {
  createSizes(address);
  const slide = createSlide(address);
  const layer = createLayer(address);
  const learned = chapter.api.filterWeights({ ...NETWORK, format: "npy" }).then(decodeNpy);
  learned.then(slide.setLearned, () => undefined);
  const { fail, ...rest } = chapter.part();
  /** @type {{forget: () => void} | null} */
  let own = null;
  const part = {
    ...rest,
    /** A picture that the server has forgotten gives way to an example. @param {unknown} error */
    fail(error) {
      if (own && error instanceof Problem && error.type === "unknown-image") own.forget();
      else fail(error);
    },
  };
  const lesson = createLesson(address, part, learned, (found) => {
    slide.show(found);
    layer.show(found);
  });
  let image = "";
  own = await createOwnPicture(byId("own-picture"), {
    api: chapter.api,
    address,
    onPicture(image_id) {
      image = image_id;
      lesson.look(image_id);
      showLinks();
    },
  });
  address.subscribe(showLinks);

  function showLinks() {
    const { kernels, map } = shownOf(address);
    const { name, values } = kernels[map];
    const channel = name === "net" ? values[0] : 0;
    const at = { ...NETWORK, image };
    byId("yours-links").replaceChildren(
      pageLink("one number of it, product by product, and as one matrix product", { ...at, channel, lens: "number" }),
      " · ",
      pageLink("its 32 maps", { ...at, lens: "maps" }),
      " · ",
      pageLink("its 32 kernels", { ...at, channel, lens: "filters" }),
      " · ",
      pageLink("a pool and its winner, in LeNet-5", { model: "lenet5.mnist5k", layer: "s2", lens: "number" }),
      " · ",
      pageLink("sizes of all layers of all networks", {}, "fields"),
      " · ",
      pageLink("for programs: this lesson", {}, "docs#convolve"),
    );
  }
  await lesson.ready;
});
