/** The blame of the pixels: how the loss of the person's picture moves with each of them. */

import { readable } from "../../lenses/arithmetic/values.js";
import { gradientOf } from "../../shared/colours.js";
import { element } from "../../shared/element.js";
import { paintHeat, scaleOf } from "../../shared/heat.js";
import { createLatest } from "../../shared/latest.js";
import { decodeNpy } from "../../shared/maps.js";
import { pageLink } from "../parts/links.js";

/** @typedef {{model: string, image: string, class: number}} Blamed */

/**
 * @param {HTMLElement} parent
 * @param {object} options
 * @param {import("../../api/api.js").Api} options.api
 * @param {(error: unknown) => void} options.onFailure
 */
export function createOwnPixels(parent, { api, onFailure }) {
  const latest = createLatest();
  const picture = element("img", { attributes: { alt: "" } });
  const canvas = element("canvas", { attributes: { role: "img" } });
  const [low, high] = [element("span"), element("span")];
  const bar = element("span", { class: "pixel-bar", attributes: { "aria-hidden": "true" } });
  bar.style.background = gradientOf("diverging");
  const words = element("div", { class: "pixel-words" });
  parent.append(
    element("h3", { text: "Back to the pixels" }),
    element(
      "div",
      { class: "own-pixels" },
      element(
        "figure",
        { class: "pixel-blame" },
        element("div", { class: "pixel-room" }, picture, canvas),
        element("figcaption", { class: "pixel-scale figure" }, low, bar, high),
      ),
      words,
    ),
  );
  let asked = "";

  function clear() {
    latest.cancel();
    asked = "";
    parent.hidden = true;
  }

  return {
    clear,

    /** @param {Blamed} blamed  For the class that is right. */
    show(blamed) {
      const key = JSON.stringify(blamed);
      if (key === asked) return;
      asked = key;
      parent.setAttribute("aria-busy", "true");
      parent.toggleAttribute("data-stale", true);
      const query = { ...blamed, layer: "input" };
      latest.run(
        (signal) =>
          Promise.all([api.layerGradient(query, signal), api.layerGradientValues(query, signal)]),
        ([facts, body]) => draw(blamed, facts, decodeNpy(body)),
        (error) => {
          clear();
          onFailure(error);
        },
      );
    },
  };

  /**
   * @param {Blamed} blamed
   * @param {import("../../types.js").ActivationGradient} facts
   * @param {Float32Array} gradient colour after colour
   */
  function draw(blamed, { label, loss, shape }, gradient) {
    const [, height, width] = shape;
    const heat = { values: overColours(gradient, height * width), height, width };
    const { model, image } = blamed;
    picture.src = api.inputUrl(model, image, "png");
    paintHeat(canvas, heat);
    const { limit, minimum, maximum } = scaleOf(heat);
    low.textContent = readable(-limit);
    high.textContent = readable(limit);
    const largest = Math.abs(minimum) > Math.abs(maximum) ? minimum : maximum;
    const place = heat.values.indexOf(largest);
    const [row, column] = [Math.floor(place / width), place % width];
    Object.assign(canvas.dataset, { loss, largest, row, column });
    canvas.setAttribute(
      "aria-label",
      `dL/dx of every pixel, the largest in row ${row} and column ${column}: ${readable(largest)}`,
    );
    words.replaceChildren(
      element("p", {
        text: `From the scores the blame goes back through every layer, by the same rules, to the ${height} × ${width} pixels that the network saw. The loss of “${label}” is ${readable(loss)} nats. Where it is red a brighter pixel raises it, where it is blue it lowers it; most of all in row ${row}, column ${column}, by ${readable(largest)} for each unit of input in all three colours.`,
      }),
      element("p", { class: "quiet", text: "The few pixels beyond the scale have its last colour." }),
      element(
        "p",
        {},
        pageLink("The same walk from the score alone, beside other methods, in the lens Why", {
          ...{ model, image, class: blamed.class },
          ...{ lens: "why", methods: "saliency" },
        }),
        ".",
      ),
    );
    parent.hidden = false;
    parent.setAttribute("aria-busy", "false");
    parent.removeAttribute("data-stale");
  }
}

/**
 * How the loss moves with a pixel whose colours all move alike.
 *
 * @param {Float32Array} gradient colour after colour
 * @param {number} pixels
 */
function overColours(gradient, pixels) {
  const sums = gradient.slice(0, pixels);
  for (let at = pixels; at < gradient.length; at += 1) sums[at % pixels] += gradient[at];
  return sums;
}
