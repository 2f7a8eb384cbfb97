/** One side: its network, its picture, one of its maps. */

import { coloursOfCodes, gradientOf } from "../../shared/colours.js";
import { element, setText } from "../../shared/element.js";
import { formatExact, formatFloat32, formatShort } from "../../shared/format.js";
import { approximateValue, hasNegative } from "../../shared/maps.js";
import { LETTERS } from "./address.js";
import { createFrame } from "./frames.js";
import { cellAt, fromPicture, inputOf, pictureOf } from "./geometry.js";
import { createSideHead } from "./side_head.js";
import { createLayerChoice } from "./layer_choice.js";

/** @typedef {import("./address.js").Side} Side */
/** @typedef {import("./address.js").Place} Place */
/** @typedef {import("./page.js").Page} Page */

/** @param {import("./comparison.js").SideState} state @returns {string} what a map's place says without one */
export function waitingWords({ problem, progress, detail, maps, layer_problem, layer }) {
  if (problem !== "" || layer_problem !== "") return "No map: see the words above.";
  if (progress && progress.total > 0) {
    return `The network is being read: ${progress.done} of ${progress.total} modules.`;
  }
  if (maps) return "";
  if (detail && !layer) return "This network has no layer with maps.";
  return "The network is looking at the picture…";
}

/**
 * The values that the colours of a map span: of both maps where they are to be compared by eye.
 *
 * @param {Page} page
 * @param {Side} side
 */
export function spanOf({ comparison }, side) {
  const { left, right } = comparison.get();
  const { maps, channel } = { left, right }[side];
  if (!maps || channel === null) return null;
  const is_shared = comparison.lock() === "same" && left.maps !== null && right.maps !== null;
  const both = is_shared ? [left, right] : [{ maps, channel }];
  /** @param {"minimum" | "maximum"} end */
  const ends = (end) => both.map((each) => each.maps?.[end][each.channel ?? 0] ?? 0);
  return {
    minimum: Math.min(...ends("minimum")),
    maximum: Math.max(...ends("maximum")),
    is_shared,
    is_signed: both.some((each) => each.maps !== null && hasNegative(each.maps)),
  };
}

/**
 * @param {HTMLElement} parent
 * @param {Side} side
 * @param {Page} page
 */
export function createSide(parent, side, page) {
  const { api, address, comparison, cursor } = page;
  const letter = LETTERS[side];
  const state = () => comparison.get()[side];

  const head = createSideHead(side, page);
  const picture = element("img", {
    attributes: { alt: `Picture on the ${side}`, draggable: "false" },
    on: {
      load() {
        picture_frame.size({ height: picture.naturalHeight, width: picture.naturalWidth }, false);
        picture.classList.remove("is-invisible");
      },
    },
  });
  const seen_box = element("div", { class: "compare-seen", attributes: { hidden: true } });
  const picture_frame = createFrame(
    {
      name: `${letter}: picture; the arrow keys move the mark`,
      onPoint: (at) => cursor.set(fromPicture(comparison.get(), side, at)),
      onPin: (at) => page.pin(fromPicture(comparison.get(), side, at)),
      marked: () => pictureOf(comparison.get(), side, page.place()),
    },
    picture,
    seen_box,
  );
  const notes = element("p", { class: "quiet compare-notes" });
  const canvas = element("canvas");
  const map_frame = createFrame(
    {
      name: `${letter}: map; the arrow keys move the mark from unit to unit`,
      class: "compare-map",
      ...page.inputHandlers(side),
    },
    canvas,
  );
  const readout = element("p", { class: "quiet figure compare-readout" });
  const layer_choice = createLayerChoice(side, page);
  const scale = element("span", { class: "compare-scale-bar" });
  const [low, high, scale_words] = ["figure", "figure", "quiet"].map((name) =>
    element("span", { class: name }),
  );
  const legend = element("p", { class: "compare-scale" }, low, scale, high, scale_words);
  parent.append(
    head.node,
    element("div", { class: "part part-picture" }, picture_frame.box, notes),
    layer_choice.node,
    element("div", { class: "part part-map" }, map_frame.box, legend, readout),
  );

  function drawMap() {
    const { maps, channel } = state();
    const span = spanOf(page, side);
    const is_there = maps !== null && channel !== null && span !== null;
    map_frame.show(is_there, waitingWords(state()));
    legend.classList.toggle("is-invisible", !is_there);
    if (!is_there) return;
    const { height, width, codes, minimum, maximum } = maps;
    map_frame.size({ height, width });
    map_frame.node.setAttribute(
      "aria-label",
      `${letter}: map of ${maps.layer}, channel ${channel}; the arrow keys move the mark`,
    );
    canvas.width = width;
    canvas.height = height;
    const image = new ImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const start = channel * height * width;
    const name = span.is_signed ? "diverging" : "viridis";
    // The 256 codes of a channel, among the colours of what the scale spans.
    const [own_low, own_range] = [minimum[channel], maximum[channel] - minimum[channel]];
    const table = coloursOfCodes(name, span.minimum, span.maximum);
    const range = span.maximum - span.minimum;
    for (let pixel = 0; pixel < height * width; pixel += 1) {
      const value = own_low + (codes[start + pixel] * own_range) / 255;
      const share = range > 0 ? (value - span.minimum) / range : 0;
      pixels[pixel] = table[Math.max(0, Math.min(255, Math.round(share * 255)))];
    }
    canvas.getContext("2d")?.putImageData(image, 0, 0);
    scale.style.background = gradientOf(name);
    const limit = Math.max(Math.abs(span.minimum), Math.abs(span.maximum));
    const ends = span.is_signed ? [-limit, limit] : [span.minimum, span.maximum];
    setText(low, formatShort(ends[0]));
    setText(high, formatShort(ends[1]));
    setText(scale_words, span.is_shared ? "one scale for A and B" : "its own scale");
  }

  function drawMarks() {
    const { seen, maps, channel, exact } = state();
    const place = page.place();
    picture_frame.mark(pictureOf(comparison.get(), side, place));
    map_frame.mark(inputOf(comparison.get(), side, place));
    if (!maps || channel === null || !seen) {
      setText(readout, "");
      return;
    }
    const cell = cellAt(comparison.get(), side, maps, place);
    if (!cell) {
      setText(readout, place ? "This network does not see that place." : "Point at a picture or a map.");
      return;
    }
    const { row, column } = cell;
    const index = row * maps.width + column;
    const value = exact
      ? `= ${formatFloat32(exact[index])}`
      : `is about ${formatShort(approximateValue(maps, channel, row, column))}`;
    readout.title = exact ? formatExact(exact[index]) : "";
    setText(readout, `channel ${channel}, row ${row}, column ${column} ${value}`);
  }

  let shown_image = "";
  function drawPicture() {
    const { image, seen } = state();
    if (image !== shown_image) {
      shown_image = image;
      picture.classList.add("is-invisible"); // the former one stays until the next has come
      picture.src = api.imageUrl(image);
    }
    seen_box.hidden = seen === null;
    setText(notes, seen?.notes.map(({ text }) => text).join(" ") ?? "");
    if (!seen) return;
    const { image_box: box, image_size: size } = seen;
    seen_box.style.left = `${(box.left / size.width) * 100}%`;
    seen_box.style.top = `${(box.top / size.height) * 100}%`;
    seen_box.style.width = `${((box.right - box.left) / size.width) * 100}%`;
    seen_box.style.height = `${((box.bottom - box.top) / size.height) * 100}%`;
  }

  function update() {
    if (state().model === "") return;
    head.update();
    layer_choice.update();
    drawPicture();
    drawMap();
    drawMarks();
  }
  comparison.subscribe(update);
  cursor.subscribe(drawMarks);
  address.subscribe(update);
  return { update };
}
