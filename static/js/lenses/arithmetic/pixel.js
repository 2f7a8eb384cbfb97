/** The last step back: a number of the network's input, and the picture that it came out of. */

import { element } from "../../shared/element.js";
import { decodePicture } from "../../shared/page_return.js";
import { exactFloat32, exactText, readable } from "./values.js";

const AROUND = 5;
const SIDE = 2 * AROUND + 1;
/** What the three channels of an input are, by the order that the preparation says. */
export const COLOURS = { rgb: ["red", "green", "blue"], bgr: ["blue", "green", "red"] };

/** @typedef {import("../../types.js").Explanation} Explanation */

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 */
export function createNumberPixel(parent, { api, network }) {
  const canvas = element("canvas", { class: "pixel-canvas", attributes: { role: "img" } });
  const caption = element("figcaption", { class: "grid-caption" });
  const figure = element("figure", { class: "value-figure" }, canvas, caption);
  const undone = element("p");
  const place = element("p");
  const own = element("p", { class: "pixel-own" });
  const words = element("div", { class: "pixel-words" }, undone, place, own);
  parent.append(figure, words);
  let wanted = "";

  /** @param {Explanation} answer */
  async function draw({ model, image, row, column }) {
    wanted = JSON.stringify([model, image, row, column]);
    const mine = wanted;
    const picture = new Image();
    picture.src = api.inputUrl(model, image, "png");
    try {
      await decodePicture(picture);
    } catch {
      if (mine === wanted) caption.textContent = "The network's input could not be shown.";
      return;
    }
    if (mine !== wanted || row === null || column === null) return;
    canvas.width = SIDE;
    canvas.height = SIDE;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, SIDE, SIDE);
    context.drawImage(picture, AROUND - column, AROUND - row);
    canvas.dataset.row = String(row);
    canvas.dataset.column = String(column);
    canvas.setAttribute("aria-label", `The input around row ${row}, column ${column}`);
    caption.textContent = `the input around row ${row}, column ${column}`;
  }

  return {
    /** @param {Explanation} answer */
    show(answer) {
      const { kind, pixel, formula, value, channel } = answer;
      parent.hidden = kind !== "pixel" || !pixel;
      if (parent.hidden || !pixel) {
        wanted = "";
        return;
      }
      /** @type {Record<string, number | null>} */
      const numbers = Object.fromEntries(formula.map(({ text, value: number }) => [text, number]));
      const { mean, std } = numbers;
      const share = (value ?? 0) * (std ?? 1) + (mean ?? 0);
      const is_level = numbers.pixel !== undefined;
      const { by_id, detail } = network.get();
      const order = detail?.preprocessing.channel_order === "bgr" ? "bgr" : "rgb";
      const colour = by_id.get("input")?.output_shape[0] === 3 ? COLOURS[order][channel] : "ink";
      const back = is_level ? `, which is level ${exactText(numbers.pixel)} of 255` : "";
      undone.textContent =
        `Undone: ${exactFloat32(value)} × ${exactText(std)} + ${exactText(mean)} = ${readable(share)}${back} ` +
        `(channel ${channel}: ${colour}).`;
      const box = pixel.image_box;
      place.textContent =
        `It covers rows ${readable(box.top)} to ${readable(box.bottom)} and columns ` +
        `${readable(box.left)} to ${readable(box.right)} of the picture.`;
      own.replaceChildren();
      if (pixel.image_row !== null && pixel.red !== null) {
        const swatch = element("span", { class: "swatch", attributes: { "aria-hidden": "true" } });
        swatch.style.backgroundColor = `rgb(${pixel.red} ${pixel.green} ${pixel.blue})`;
        own.append(
          swatch,
          `The picture's own pixel in the middle, row ${pixel.image_row}, column ` +
            `${pixel.image_column}: red ${pixel.red}, green ${pixel.green}, blue ${pixel.blue}.`,
        );
      } else own.append("That lies outside the picture.");
      draw(answer);
    },
  };
}
