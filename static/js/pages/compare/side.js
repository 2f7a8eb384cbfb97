/** One side: a network, a picture, one of its maps; and the place that both sides point at. */

import { coloursOfCodes, layerColours } from "../../shared/colours.js";
import { button, element } from "../../shared/element.js";
import { formatShort } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { approximateValue, decodeMaps, hasNegative } from "../../shared/maps.js";
import { asProblem } from "../../shared/problem.js";
import { createAssumedBadge } from "../../shared/assumed_badge.js";
import { createRandomBadge } from "../../shared/random_badge.js";
import { createStore } from "../../shared/store.js";
import { createChannelField } from "./channel_field.js";
import { createModelChoice } from "./model_choice.js";

/** @typedef {{x: number, y: number}} Place  As shares of the upright picture. */
/** @typedef {ReturnType<typeof createSide>} SideView */
/**
 * What a network says of a picture; of one without scores, only which part of it it sees.
 *
 * @typedef {import("../../types.js").Prediction | import("../../types.js").NetworkInput} Seen
 */

/**
 * @param {HTMLElement} parent
 * @param {object} parts
 * @param {import("./address.js").Side} parts.side
 * @param {import("../../api/api.js").Api} parts.api
 * @param {import("./address.js").Address} parts.address
 * @param {import("../../shared/store.js").Store<Place | null>} parts.cursor
 * @param {import("../../models/catalogue.js").Catalogue} parts.catalogue
 * @param {import("../../types.js").Example[]} parts.examples
 */
export function createSide(parent, { side, api, address, cursor, catalogue, examples }) {
  const prediction = createStore(/** @type {Seen | null} */ (null));
  const latest = {
    ...{ prediction: createLatest(), maps: createLatest(), detail: createLatest() },
    upload: createLatest(),
  };
  const model_choice = createModelChoice(side, catalogue, (model) =>
    change({ model, layer: null, channel: null }),
  );
  const picture_choice = element("select", {
    class: "select",
    attributes: { "aria-label": `Picture on the ${side}` },
    on: {
      change() {
        latest.upload.cancel(); // who chooses another picture does not want that one any more
        change({ image: picture_choice.value });
      },
    },
  });
  const file = element("input", {
    class: "visually-hidden",
    attributes: { type: "file", accept: "image/*", tabindex: -1, "aria-label": `File for the ${side}` },
    on: { change: () => upload(file.files?.[0]) },
  });
  const layer_choice = element("select", {
    class: "select",
    attributes: { "aria-label": `Layer on the ${side}` },
    on: { change: () => change({ layer: layer_choice.value, channel: null }) },
  });
  const channel_field = createChannelField(`Channel on the ${side}`, (channel) =>
    change({ channel }),
  );
  const picture = element("img", { attributes: { alt: `Picture on the ${side}`, draggable: "false" } });
  const seen = element("div", { class: "compare-seen" });
  const canvas = element("canvas");
  const marks = [element("span", { class: "compare-mark" }), element("span", { class: "compare-mark" })];
  const badges = [createRandomBadge(), createAssumedBadge()];
  const badge_line = element("div", { class: "compare-badges" }, ...badges.map(({ node }) => node));
  const picture_frame = element("div", { class: "compare-frame" }, picture, seen, marks[0], badge_line);
  const map_frame = element("div", { class: "compare-frame compare-map" }, canvas, marks[1]);
  const readout = element("p", { class: "quiet figure compare-readout" });
  const notes_line = element("p", { class: "quiet", attributes: { hidden: true } });
  const problem_line = element("p", {
    class: "notice notice-problem",
    attributes: { hidden: true, role: "alert" },
  });
  parent.append(
    element("div", { class: "compare-choices" }, model_choice.node, picture_choice,
      button("Upload", () => file.click(), { class: "button button-small" }), file),
    problem_line,
    element("div", { class: "compare-views" }, picture_frame, map_frame),
    notes_line,
    element("div", { class: "what-if-row" },
      element("label", { class: "field" }, "map of", layer_choice),
      channel_field.node),
    readout,
  );

  /** @type {import("../../shared/maps.js").LayerMaps | null} */
  let maps = null;
  let asked = "";
  let asked_model = "";
  let asked_maps = "";

  /** @param {Partial<import("./address.js").Shown>} changes */
  const change = (changes) => address.change({ [side]: changes });

  /** @param {unknown} error */
  function fail(error) {
    problem_line.textContent = asProblem(error).message;
    problem_line.hidden = false;
  }

  /** @param {File | undefined} chosen @param {(error: unknown) => void} [refuse] */
  function upload(chosen, refuse = fail) {
    if (!chosen) return;
    latest.upload.run(
      (signal) => api.uploadImage(chosen, chosen.name, { onProgress() {}, signal }),
      (stored) => change({ image: stored.id }),
      refuse,
    );
  }

  function shown() {
    const { model, image, layer, channel } = address.get()[side];
    const found = catalogue.find(model) ?? catalogue.find(null);
    return {
      model: model ?? catalogue.find(null)?.id ?? "",
      // Two pictures in one network, unless something else was chosen.
      image: image ?? examples[side === "right" && model === null ? 1 : 0].id,
      layer,
      channel,
      input_kind: found?.input_kind,
      has_scores: found?.classes !== 0,
    };
  }

  function update() {
    const { model, image, has_scores } = shown();
    const known = examples.map(({ id, title }) => ({ id, title }));
    if (!known.some(({ id }) => id === image)) known.push({ id: image, title: "Your picture" });
    picture_choice.replaceChildren(
      ...known.map(({ id, title }) => element("option", { text: title, attributes: { value: id } })),
    );
    picture_choice.value = image;
    model_choice.show(model);
    const url = api.imageUrl(image);
    if (picture.getAttribute("src") !== url) picture.src = url;
    const key = `${model} ${image}`;
    if (key !== asked) {
      asked = key;
      forgetMaps();
      if (model !== asked_model) forgetLayers();
      asked_model = model;
      prediction.set(null);
      seen.hidden = true;
      notes_line.hidden = true;
      problem_line.hidden = true;
      latest.prediction.run(
        // As many classes as are usual: a network may have fewer than five.
        /** @returns {Promise<Seen>} */
        (signal) =>
          has_scores
            ? api.predictions(model, image, null, signal)
            : api.networkInput(model, image, signal),
        (found) => {
          prediction.set(found);
          showSeen(found);
          notes_line.textContent = found.notes.map(({ text }) => text).join(" ");
          notes_line.hidden = found.notes.length === 0;
          drawMarks();
        },
        (error) => {
          fail(error);
          drawMarks();
        },
      );
      drawMarks();
      latest.detail.run((signal) => api.model(model, signal), offerLayers, fail);
    } else if (layer_choice.childElementCount > 0) loadMaps();
  }

  /** What was computed before says nothing of another network or picture. */
  function forgetMaps() {
    latest.maps.cancel();
    maps = null;
    asked_maps = "";
    drawMap();
  }

  function forgetLayers() {
    latest.detail.cancel();
    layer_choice.replaceChildren();
    layer_choice.dataset.usual = "";
    layer_choice.disabled = true;
    channel_field.clear();
    for (const badge of badges) badge.show(null);
  }

  /** @param {import("../../types.js").ModelDetail} detail */
  function offerLayers(detail) {
    const { layers } = detail;
    for (const badge of badges) badge.show(detail);
    const with_maps = layers.filter(({ output_shape, inputs }) =>
      output_shape.length === 3 && output_shape[1] > 1 && inputs.length > 0);
    layer_choice.replaceChildren(
      ...with_maps.map(({ id, output_shape }) =>
        element("option", { text: `${id} · ${output_shape.join(" × ")}`, attributes: { value: id } }),
      ),
    );
    const usual = with_maps.findLast(({ output_shape }) => output_shape[1] >= 14) ?? with_maps.at(-1);
    layer_choice.dataset.usual = usual?.id ?? "";
    layer_choice.disabled = with_maps.length === 0;
    loadMaps();
  }

  function loadMaps() {
    const { model, image, layer } = shown();
    const wanted = layer ?? layer_choice.dataset.usual ?? "";
    layer_choice.value = wanted;
    const key = JSON.stringify([model, image, wanted]);
    if (key === asked_maps) {
      drawMap();
      return;
    }
    asked_maps = key;
    // What went wrong with a former layer; as long as nothing is predicted, it is about more.
    if (prediction.get()) problem_line.hidden = true;
    maps = null;
    latest.maps.cancel();
    drawMap();
    drawMarks();
    if (!wanted) return;
    latest.maps.run(
      (signal) => api.activations({ model, image, layer: wanted, format: "u8" }, signal),
      (body) => {
        maps = decodeMaps(body);
        drawMap();
        drawMarks();
      },
      fail,
    );
  }

  /** The channel that is chosen, else the one with the largest value. */
  function channelShown() {
    if (!maps) return 0;
    const { channel } = shown();
    if (channel !== null && channel < maps.count) return channel;
    return maps.maximum.reduce((best, value, index, all) => (value > all[best] ? index : best), 0);
  }

  function drawMap() {
    map_frame.hidden = maps === null;
    if (!maps) return;
    const channel = channelShown();
    const { height, width } = maps;
    channel_field.show(channel, maps.count);
    canvas.width = width;
    canvas.height = height;
    const colours = coloursOfCodes(
      layerColours("auto", hasNegative(maps)),
      maps.minimum[channel],
      maps.maximum[channel],
    );
    const image = new ImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const start = channel * height * width;
    for (let pixel = 0; pixel < height * width; pixel += 1) {
      pixels[pixel] = colours[maps.codes[start + pixel]];
    }
    canvas.getContext("2d")?.putImageData(image, 0, 0);
  }

  /** @param {Seen} found */
  function showSeen({ image_box: box, image_size: size }) {
    seen.hidden = false;
    seen.style.left = `${(box.left / size.width) * 100}%`;
    seen.style.top = `${(box.top / size.height) * 100}%`;
    seen.style.width = `${((box.right - box.left) / size.width) * 100}%`;
    seen.style.height = `${((box.bottom - box.top) / size.height) * 100}%`;
  }

  /** From a place of the picture to one of the input, as shares, and back. @param {Place} place */
  function inInput({ x, y }) {
    const found = prediction.get();
    if (!found) return null;
    const { image_box: box, image_size: size } = found;
    return {
      x: (x * size.width - box.left) / (box.right - box.left),
      y: (y * size.height - box.top) / (box.bottom - box.top),
    };
  }

  /** @param {Place} place of the input @returns {Place | null} of the picture */
  function inPicture({ x, y }) {
    const found = prediction.get();
    if (!found) return null;
    const { image_box: box, image_size: size } = found;
    return {
      x: (box.left + x * (box.right - box.left)) / size.width,
      y: (box.top + y * (box.bottom - box.top)) / size.height,
    };
  }

  /** @param {HTMLElement} mark @param {Place | null} place */
  function putMark(mark, place) {
    const is_inside = place && place.x >= 0 && place.y >= 0 && place.x <= 1 && place.y <= 1;
    mark.hidden = !is_inside;
    if (!place || !is_inside) return;
    mark.style.left = `${place.x * 100}%`;
    mark.style.top = `${place.y * 100}%`;
  }

  function drawMarks() {
    const place = cursor.get();
    const input = place ? inInput(place) : null;
    putMark(marks[0], place);
    putMark(marks[1], input);
    if (!prediction.get() && problem_line.hidden) {
      readout.textContent = "The network is looking at the picture…";
      return;
    }
    if (!maps || !input || input.x < 0 || input.y < 0 || input.x >= 1 || input.y >= 1) {
      readout.textContent = "Point at a picture or a map: the same place is marked on both sides.";
      return;
    }
    const [row, column] = [Math.floor(input.y * maps.height), Math.floor(input.x * maps.width)];
    const channel = channelShown();
    const value = approximateValue(maps, channel, row, column);
    readout.textContent = `${maps.layer} ${channel}, ${row}, ${column}: about ${formatShort(value)}`;
  }

  /** @param {PointerEvent} event @param {HTMLElement} frame @returns {Place} */
  function placeIn(event, frame) {
    const box = frame.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  }
  picture_frame.addEventListener("pointermove", (event) => cursor.set(placeIn(event, picture_frame)));
  map_frame.addEventListener("pointermove", (event) => cursor.set(inPicture(placeIn(event, map_frame))));
  for (const frame of [picture_frame, map_frame]) {
    frame.addEventListener("pointerleave", () => cursor.set(null));
  }

  address.subscribe(update);
  catalogue.subscribe(update);
  cursor.subscribe(drawMarks);
  update();
  drawMarks();
  return {
    prediction,
    shown,
    upload,
    fail,

    /** @param {string} model_id */
    open: (model_id) => change({ model: model_id, layer: null, channel: null }),
  };
}
