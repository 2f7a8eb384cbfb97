/** Chapter 1: how does a machine see, and when are two patches alike? */

import { byId } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";
import { Problem } from "../../shared/problem.js";
import { startChapter } from "../parts/chapter.js";
import { pageLink } from "../parts/links.js";
import { createOwnPicture } from "../parts/own_picture.js";
import { address, placeOf, watch } from "./address.js";
import { createAlike } from "./alike.js";
import { createFar } from "./far.js";
import { askLikeness, askPatches, askPicture, createAsking } from "./lesson.js";
import { createNumbers } from "./numbers.js";
import { createPair } from "./pair.js";
import { createProduct } from "./product.js";
import { createStack } from "./stack.js";

startChapter(address, async (chapter) => {
  /** @type {{forget: () => void} | null} */
  let own = null;
  let image = "";
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
  const numbers = createNumbers();
  const alike = createAlike();
  const pair = createPair();
  const far = createFar({ onSeek: seek });
  const product = createProduct();
  const stack = createStack(part());
  const loading = createLatest();
  const picture_part = part();
  const seeking = createLatest();
  const seek_part = part();

  const patches = createAsking({
    ask: askPatches,
    onAnswer(answer, { p, factor = 1, centred = false }) {
      pair.show(answer, centred);
      far.showFar(answer, { p: p ?? Infinity, factor });
      product.show(answer);
    },
    fail: part().fail,
    results: ["pair", "pair-measures", "far-results", "far-triangle", "product-grids", "product-formula"].map(byId),
  });
  const likeness = createAsking({
    ask: askLikeness,
    onAnswer: (answer, { measure = "dot" }) => alike.showMap(answer, measure),
    fail: part().fail,
    results: [byId("alike-found")],
  });

  /** @returns {import("../../types.js").PatchesBody} */
  function question() {
    const { a, b, c, p, gain, lift, factor, measure } = address.get();
    return {
      ...{ image, gain, lift, factor, centred: measure === "centred", p: p === Infinity ? null : p },
      ...{ a: placeOf(a), b: placeOf(b), c: placeOf(c) },
    };
  }

  function ask() {
    if (image === "") return;
    patches.want(question());
    const { a, measure, p } = address.get();
    const norm = measure === "distance" ? { p: p === Infinity ? null : p } : {};
    likeness.want({ image, patch: placeOf(a), measure, ...norm });
  }

  function seek() {
    seeking.run(
      () => askPatches({ ...question(), seek: true }),
      ({ way: { shortest } }) => {
        seek_part.fail(null);
        if (shortest) address.change({ b: [shortest.row, shortest.column] });
      },
      seek_part.fail,
    );
  }

  watch(["a", "b", "c", "p", "gain", "lift", "factor", "measure"], ask);
  watch(["channel"], () => {
    const answer = patches.last();
    if (answer) product.show(answer);
  });

  own = await createOwnPicture(byId("own-picture"), {
    api: chapter.api,
    address,
    onPicture(chosen) {
      image = chosen;
      loading.run(
        (signal) => askPicture(chosen, signal),
        (picture) => {
          picture_part.fail(null);
          for (const each of [numbers, alike, far]) each.show(picture);
        },
        picture_part.fail,
      );
      stack.look(chosen);
      ask();
      showLinks(chosen);
    },
  });
});

/** @param {string} image */
function showLinks(image) {
  const input = { layer: "input", lens: "maps", image };
  byId("yours-links").replaceChildren(
    pageLink("The tensor that a network is given, 3 × 224 × 224", input),
    " · ",
    pageLink("a learned template laid over it: dot product and cosine at every place", { lens: "filters", image }),
    " · ",
    pageLink("ten templates for ten digits", { model: "softmax.mnist5k", lens: "filters" }),
  );
}
