/** Exchanging one picture for another without a flash of nothing between them. */

import { element } from "../shared/element.js";
import { createLatest } from "../shared/latest.js";
import { decodePicture } from "../shared/page_return.js";

/**
 * @param {string} url
 * @param {string} alternative text
 */
async function decoded(url, alternative) {
  const attributes = { alt: alternative, src: url, draggable: "false" };
  const picture = element("img", { attributes });
  await decodePicture(picture);
  return picture;
}

/**
 * Shows pictures one after the other; a late one never replaces a newer one.
 *
 * @param {(picture: HTMLImageElement) => void} place
 * @param {(url: string) => void} fail called with the address that could not be shown
 */
export function createPictureSwap(place, fail) {
  const latest = createLatest();
  let shown_url = "";
  return {
    /**
     * @param {string} url
     * @param {string} alternative
     */
    show(url, alternative) {
      if (url === shown_url) return;
      shown_url = url;
      latest.run(
        () => decoded(url, alternative),
        place,
        () => fail(url),
      );
    },

    clear() {
      shown_url = "";
      latest.cancel();
    },
  };
}
