/** Where covering hurts most: the square goes over all that the network sees, and stays there. */

import { button, element, setText } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";

/** Steps of the square along one that is as wide as the network's input. */
const STEPS = 12;

/** @typedef {import("./challenges_subject.js").Subject} Subject */

/**
 * @param {import("../parts/chapter.js").Chapter} chapter
 * @param {import("./challenges_keys.js").ChallengeAddress} address
 * @param {() => {subject: Subject, class_index: number} | null} asked what is looked at
 */
export function createHurts({ api, fail }, address, asked) {
  const latest = createLatest();
  const words = element("span", { class: "challenge-note", attributes: { role: "status" } });
  const start = button("Find where it hurts most", search, { class: "button button-small" });

  function search() {
    const now = asked();
    const { ch_cover } = address.get();
    if (!now || ch_cover === 0) {
      setText(words, "Nothing is covered.");
      return;
    }
    const { subject: { model, image, preparation }, class_index } = now;
    setText(words, "…");
    start.disabled = true;
    latest.run(
      async (signal) => {
        const seen = await api.seenBy({ model: model.id, image, preparation }, signal);
        const { input_size, image_box: box, image_size } = seen;
        const input_px = Math.min(input_size.width, input_size.height);
        // Of the input for one of the picture.
        const zoom = input_size.width / (box.right - box.left);
        const side = ch_cover * Math.min(image_size.width, image_size.height) * zoom;
        const patch = Math.min(input_px, Math.max(1, Math.round(side)));
        const stride = Math.min(patch, Math.max(1, Math.round(input_px / STEPS)));
        const query = { model: model.id, image, preparation, class: class_index, patch, stride, colour: "grey" };
        const found = await api.occlusion(
          query,
          (done, total) => setText(words, `${done} of ${total} places`),
          signal,
        );
        return { found, box, image_size, zoom };
      },
      ({ found: { patches }, box, image_size, zoom }) => {
        start.disabled = false;
        fail(null);
        const worst = patches.reduce((one, other) =>
          (other.score ?? Infinity) < (one.score ?? Infinity) ? other : one,
        );
        const within = (/** @type {number} */ share) => Math.min(1, Math.max(0, Number(share.toFixed(3))));
        address.change(
          {
            ch_left: within((box.left + worst.left / zoom) / image_size.width),
            ch_top: within((box.top + worst.top / zoom) / image_size.height),
          },
          { step: true },
        );
        setText(words, `Of ${patches.length} places, here the score falls most.`);
      },
      (error) => {
        start.disabled = false;
        setText(words, "");
        fail(error);
      },
    );
  }

  return {
    node: element("div", { class: "challenge-fields" }, start, words),

    /** What was found is of something else. */
    forget() {
      latest.cancel();
      start.disabled = false;
      setText(words, "");
    },
  };
}
