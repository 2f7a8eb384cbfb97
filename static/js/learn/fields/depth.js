/** What a unit over the cat can see, layer by layer: the box grows until it holds the whole cat. */

import { byId, element, setText } from "../../shared/element.js";
import { formatFixed, formatInteger, formatPercent } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { decodeHeat } from "../../shared/maps.js";
import { createStepper } from "../../shared/stepper.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { pageAddress } from "../parts/links.js";
import { fieldOf, strideOf } from "../parts/picture_network.js";
import { areaOf, boxOfSides, unitOver, within } from "./boxes.js";
import { createInputPicture } from "./input_picture.js";

const SIDES = ["left", "top", "right", "bottom"];
/** Of the example that the chapter opens with. */
const PARTS = [
  { name: "an eye", sides: [36, 54, 104, 114] },
  { name: "both eyes and the nose", sides: [32, 52, 216, 214] },
];
const CHELSEA = "example-chelsea";

/**
 * @param {import("./address.js").Address} address
 * @param {import("../parts/chapter.js").Chapter} chapter
 * @param {import("../../types.js").ModelDetail} detail
 * @param {import("../../types.js").Layer[]} layers with windows
 * @param {import("./strongest.js").StrongestAt} strongest
 * @returns {{look: (image_id: string) => void}}
 */
export function createDepth(address, { api, fail }, detail, layers, strongest) {
  const { width, height } = detail.input_size;
  const whole = [0, 0, width, height];
  const latest = createLatest();
  let image = "";
  /** @type {{key: string, heat: import("../../shared/maps.js").Heat} | null} */
  let effective = null;

  const view = createInputPicture(/** @type {HTMLCanvasElement} */ (byId("depth-picture")), {
    size: detail.input_size,
    onDrag(from, to, is_first) {
      if (is_first) return;
      mark([Math.min(from.x, to.x), Math.min(from.y, to.y), Math.max(from.x, to.x), Math.max(from.y, to.y)]);
    },
  });

  const inputs = SIDES.map((side, place) => {
    const most = place % 2 ? height : width;
    const field = element("input", {
      class: "number-input figure",
      attributes: { type: "number", min: 0, max: most, step: 1, "aria-label": `${side} of the marked part, px` },
      on: {
        input() {
          const value = field.valueAsNumber;
          if (!Number.isInteger(value) || !field.validity.valid) return;
          mark(catNow().map((each, other) => (other === place ? value : each)));
        },
        change: () => showInputs(true),
      },
    });
    return field;
  });
  const parts = element("span", { class: "cat-parts" });
  byId("depth-cat").append(
    element("span", { class: "number-label", text: "The marked part (drag over the picture to mark another), px:" }),
    ...inputs.flatMap((field, place) => [
      element("label", { class: "cat-side" }, element("span", { text: SIDES[place], attributes: { "aria-hidden": "true" } }), field),
    ]),
    parts,
  );
  const shown_one = createChosenOne({
    label: "show",
    choices: [
      { value: "field", text: "the field" },
      { value: "effective", text: "what counts in it" },
    ],
    value: address.get().view,
    onChange: (value) => address.change({ view: value }),
  });
  const stepper = createStepper(byId("depth-tools"), {
    label: "Depth",
    last: layers.length - 1,
    at: Math.min(address.get().depth, layers.length - 1),
    per_second: 2,
    describe: (place) => `${place + 1} of ${layers.length}: ${fieldOf(layers[place])} px`,
    onShow: show,
    onRest: (place) => address.change({ depth: place }),
  });
  byId("depth-tools").append(shown_one.node);

  const body = byId("depth-table").querySelector("tbody");
  const rows = layers.map((layer, place) => {
    const link = element("a", { text: layer.id });
    const sees = element("td", { class: "figure" });
    const node = element(
      "tr",
      { attributes: { "data-layer": layer.id } },
      element("td", { class: "figure", text: String(place + 1) }),
      element("th", { attributes: { scope: "row" } }, link),
      element("td", { class: "figure", text: `${layer.kernel?.width} × ${layer.kernel?.height}` }),
      element("td", { class: "figure", text: `${strideOf(layer)}` }),
      element("td", { class: "figure", text: `${fieldOf(layer)}`, attributes: { "data-field": fieldOf(layer) } }),
      sees,
    );
    body?.append(node);
    return { node, link, sees };
  });

  /** What is marked, cut at the input; all of it where that is nothing. */
  function catNow() {
    const [left, top, right, bottom] = address.get().cat.map((side, place) => within(side, 0, place % 2 ? height : width));
    return left < right && top < bottom ? [left, top, right, bottom] : whole;
  }

  /** @param {number[]} sides */
  function mark(sides) {
    const [left, top, right, bottom] = sides.map((side, place) => within(side, 0, place % 2 ? height : width));
    if (left < right && top < bottom) address.change({ cat: [left, top, right, bottom] });
  }

  /** @param {boolean} is_typed_over */
  function showInputs(is_typed_over) {
    for (const [place, value] of catNow().entries()) {
      const is_being_typed = document.activeElement === inputs[place] && !is_typed_over;
      if (!is_being_typed) inputs[place].value = String(value);
    }
  }

  function showParts() {
    const offered = [{ name: "all of it", sides: whole }, ...(image === CHELSEA && width === 224 ? PARTS : [])];
    parts.replaceChildren(
      ...offered.map(({ name, sides }) =>
        element("button", {
          class: "button button-small",
          text: name,
          attributes: { type: "button" },
          on: { click: () => address.change({ cat: sides }, { step: true }) },
        }),
      ),
    );
  }

  function show() {
    const place = stepper.get();
    const cat = boxOfSides(catNow());
    const units = layers.map((layer) => unitOver(layer, cat));
    const first = units.findIndex(({ share }) => share === 1);
    const is_cat = image === CHELSEA && areaOf(cat) === width * height;
    const thing = is_cat ? "cat" : "marked part";
    for (const node of document.querySelectorAll("[data-thing]")) node.textContent = thing;
    for (const [each, { node, link, sees }] of rows.entries()) {
      node.classList.toggle("is-current", each === place);
      node.classList.toggle("is-first", each === first);
      sees.textContent = units[each].share === 1 ? "all" : formatPercent(units[each].share);
      sees.dataset.value = String(units[each].share);
      const { row, column } = units[each];
      link.href = pageAddress({ model: detail.id, image, layer: layers[each].id, lens: "maps", channel: 0, row, column });
    }
    const answer = byId("depth-answer");
    answer.dataset.layer = first < 0 ? "" : layers[first].id;
    answer.replaceChildren(
      ...(first < 0
        ? [`None of these layers can see the whole ${thing}.`]
        : [
            element("strong", { text: layers[first].id }),
            ` is the first that can see the whole ${thing}: window ${first + 1} of ${layers.length}, field `
              + `${fieldOf(layers[first])} × ${fieldOf(layers[first])} px.`,
          ]),
    );
    showInputs(false);
    shown_one.show(address.get().view);
    showJoin(place);
    drawPicture(units[place]);
    ask(place, units[place]);
  }

  /** @param {number} place  The addition behind the layer: what comes through and what comes past it. */
  function showJoin(place) {
    const from = detail.layers.indexOf(layers[place]);
    const to = place + 1 < layers.length ? detail.layers.indexOf(layers[place + 1]) : detail.layers.length;
    const add = detail.layers.slice(from, to).find(({ operation }) => operation === "add");
    const node = byId("depth-join");
    if (!add) {
      setText(node, "No bridge around the block of this layer: one path, one field.");
      node.dataset.layer = "";
      return;
    }
    const [through, past] = add.inputs.map((id) => fieldOf(/** @type {any} */ (detail.layers.find((each) => each.id === id))));
    setText(
      node,
      `Two paths meet in ${add.id}: ${through} px through the block, ${past} px over the bridge. Its `
        + `units see what either shows them: ${fieldOf(add)} px.`,
    );
    node.dataset.layer = add.id;
    node.dataset.fields = JSON.stringify([through, past, fieldOf(add)]);
  }

  /** @param {ReturnType<typeof unitOver>} unit */
  function drawPicture({ field }) {
    const heat = address.get().view === "effective" && effective?.key === keyNow() ? effective.heat : null;
    view.show(
      [
        { box: boxOfSides(catNow()), kind: "cat" },
        { box: field, kind: "field" },
      ],
      (pen, scale) => {
        shade(pen, field, scale);
        if (heat) paint(pen, heat);
      },
    );
  }

  const keyNow = () => [image, stepper.get(), ...catNow()].join();

  /** @param {number} place @param {ReturnType<typeof unitOver>} unit */
  function ask(place, { row, column }) {
    const figures = byId("depth-effective");
    const is_wanted = address.get().view === "effective" && image !== "";
    figures.hidden = !is_wanted;
    const key = keyNow();
    if (!is_wanted || effective?.key === key) return;
    figures.toggleAttribute("data-stale", effective !== null);
    const layer = layers[place];
    latest.run(
      async (signal) => {
        const { channel } = await strongest(image, { layer: layer.id, row, column }, signal);
        const unit = { model: detail.id, layer: layer.id, channel, row, column, image };
        return api.effectiveField({ ...unit, format: "u8" }, signal);
      },
      (bytes) => {
        fail(null);
        effective = { key, heat: decodeHeat(bytes) };
        figures.removeAttribute("data-stale");
        tell(layer, effective.heat.header);
        drawPicture(unitOver(layer, boxOfSides(catNow())));
      },
      fail,
    );
  }

  /** @param {import("../../types.js").Layer} layer @param {any} found as the API's JSON */
  function tell(layer, found) {
    const node = byId("depth-effective");
    node.dataset.layer = layer.id;
    if (found.is_dead) {
      setText(node, "This unit does not answer here: no pixel moves it.");
      return;
    }
    const { width: across, height: down } = found.sigma;
    node.dataset.pixels = String(found.mass_pixels);
    setText(
      node,
      `95 % of this unit’s gradient lies in ${formatInteger(found.mass_pixels)} pixels, `
        + `${formatPercent(found.mass_share)} of those it sees: as many as a square of `
        + `${Math.round(Math.sqrt(found.mass_pixels))} px. Its σ is ${formatFixed(across, 1)} px across and `
        + `${formatFixed(down, 1)} px down; its field is ${fieldOf(layer)} px.`,
    );
  }

  let before = address.get();
  address.subscribe((now) => {
    if (now.depth !== before.depth && now.depth !== stepper.get()) stepper.go(Math.min(now.depth, layers.length - 1));
    else if (["cat", "view"].some((name) => JSON.stringify(now[/** @type {"cat"} */ (name)]) !== JSON.stringify(before[/** @type {"cat"} */ (name)]))) show();
    before = now;
  });

  return {
    look(image_id) {
      image = image_id;
      view.look(api.inputUrl(detail.id, image, "png"));
      showParts();
      show();
    },
  };
}

/**
 * What the unit does not see is dark.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {import("../../types.js").Box} field
 * @param {number} scale
 */
function shade(pen, field, scale) {
  if (areaOf(field) === 0) return;
  pen.save();
  pen.beginPath();
  pen.rect(0, 0, pen.canvas.width, pen.canvas.height);
  pen.rect(field.left * scale, field.top * scale, (field.right - field.left) * scale, (field.bottom - field.top) * scale);
  pen.fillStyle = "rgb(0 0 0 / 45%)";
  pen.fill("evenodd");
  pen.restore();
}

/** @param {CanvasRenderingContext2D} pen @param {import("../../shared/maps.js").Heat} heat */
function paint(pen, { width, height, codes }) {
  const image = new ImageData(width, height);
  for (const [pixel, code] of codes.entries()) {
    image.data.set([255, 216, 77, Math.round(230 * Math.sqrt(code / 255))], pixel * 4);
  }
  const small = new OffscreenCanvas(width, height);
  small.getContext("2d")?.putImageData(image, 0, 0);
  pen.save();
  pen.fillStyle = "rgb(0 0 0 / 55%)";
  pen.fillRect(0, 0, pen.canvas.width, pen.canvas.height);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(small, 0, 0, pen.canvas.width, pen.canvas.height);
  pen.restore();
}
