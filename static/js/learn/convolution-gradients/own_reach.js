/** In the whole of LeNet-5: how much of every layer the chosen pixel reaches. */

import { byId, setText } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";
import { createReachList } from "../../shared/reach_list.js";
import { reachedShare, reachedText } from "../../shared/reached.js";
import { pageLink } from "../parts/links.js";
import { address } from "./address.js";

/** @param {{layers: import("../../types.js").ReachedLayer[]}} answer */
function wordsOf({ layers }) {
  const found = layers.find((each) => reachedShare(each) === 1);
  const first = layers.find(({ layer }) => layer === "c1");
  const start = first?.box ? `In c1 it has a part in ${reachedText(first)} places. ` : "";
  return found
    ? `${start}From ${found.layer} on it has one in every unit, the scores included.`
    : `${start}It never has a part in everything.`;
}

/**
 * @param {Pick<import("../parts/chapter.js").Chapter, "api" | "fail">} part
 * @param {string} model
 */
export function createOwnReach({ api, fail }, model) {
  const latest = createLatest();
  let pixel = "";
  let image = "";
  let asked = "";
  /** @type {import("../../types.js").ReachedLayer[]} */
  let layers = [];
  const list = createReachList(byId("own-reach"), {
    label: "What the pixel reaches, layer by layer",
    opener: (layer, text) => pageLink(text, { model, image: image || null, layer, pixel, lens: "maps", tab: "layer" }),
  });

  function update() {
    const [row, column] = address.get().pixel;
    pixel = `${row},${column}`;
    if (pixel === asked) return;
    asked = pixel;
    latest.run(
      (signal) => api.projectiveFields({ model, row, column }, signal),
      (answer) => {
        layers = answer.layers;
        setText(byId("own-reach-words"), wordsOf(answer));
        list.show(layers);
      },
      (error) => {
        asked = "";
        fail(error);
      },
    );
  }
  address.subscribe(update);
  update();

  return {
    /** @param {string} image_id that the microscope then opens with */
    look(image_id) {
      image = image_id;
      list.show(layers);
    },
  };
}
