/** The first layer's weights at the checkpoint that is looked at. */

import { colourTable, gradientOf } from "../../shared/colours.js";
import { element } from "../../shared/element.js";
import { formatShort } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { decodeNpy } from "../../shared/maps.js";
import { readNpyHead } from "../../shared/npy.js";
import { asProblem } from "../../shared/problem.js";
import { createTiles } from "./tiles.js";

const TILE_PX = 84;
const MOST_TILES = 64;
const ZERO = 128;
const STEPS = 127;
const OPAQUE = 255;

/**
 * @typedef {object} Templates
 * @property {number} count
 * @property {number} channels
 * @property {number} height
 * @property {number} width
 * @property {Float32Array} weights in C order
 * @property {number} largest magnitude
 */

/** @param {ArrayBuffer} body @returns {Templates} */
export function decodeTemplates(body) {
  const shape = (readNpyHead(body)?.shape.match(/\d+/g) ?? []).map(Number);
  if (shape.length !== 4) throw new Error("templates have four axes");
  const [count, channels, height, width] = shape;
  const weights = decodeNpy(body);
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  return { count, channels, height, width, weights, largest };
}

/**
 * Zero is neutral; three channels are red, green and blue around grey, one is signed.
 *
 * @param {Templates} templates
 * @param {number} tile
 * @returns {Uint32Array}
 */
function coloursOf({ channels, height, width, weights, largest }, tile) {
  const size = height * width;
  const start = tile * channels * size;
  const unit = largest === 0 ? 1 : largest;
  const colours = new Uint32Array(size);
  if (channels === 3) {
    const bytes = new Uint8ClampedArray(colours.buffer);
    for (let pixel = 0; pixel < size; pixel += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        const weight = weights[start + channel * size + pixel];
        bytes[pixel * 4 + channel] = ZERO + (weight / unit) * STEPS;
      }
      bytes[pixel * 4 + 3] = OPAQUE;
    }
    return colours;
  }
  const table = colourTable("diverging");
  for (let pixel = 0; pixel < size; pixel += 1) {
    colours[pixel] = table[ZERO + Math.round((weights[start + pixel] / unit) * STEPS)];
  }
  return colours;
}

/**
 * @param {HTMLElement} parent
 * @param {{training: import("./training_api.js").TrainingApi,
 *   session: import("./session.js").Session, address: import("./address.js").Address}} parts
 */
export function createTemplates(parent, { training, session, address }) {
  const tiles = createTiles("Weights of the first layer", TILE_PX);
  const legend = element("span", { class: "train-gradient" });
  legend.style.background = gradientOf("diverging");
  const range = element("span", { class: "figure" });
  const caption = element("p", { class: "quiet train-caption" }, legend, range);
  const status = element("p", { class: "quiet", attributes: { role: "status" } });
  const box = element("div", { class: "train-tiles-box" }, tiles.canvas);
  parent.append(status, box, caption);
  const latest = createLatest();
  let shown = "";
  /** @type {Templates | null} */
  let templates = null;

  function draw() {
    if (!templates) return;
    const drawn = templates;
    const { count, height, width, channels, largest } = drawn;
    tiles.show(Math.min(count, MOST_TILES), height, width, (tile) => coloursOf(drawn, tile));
    legend.hidden = channels === 3;
    const extent = formatShort(largest);
    const number = count > MOST_TILES ? `${MOST_TILES} of ${count}` : String(count);
    const what = `${number} templates of ${height} × ${width} px`;
    range.textContent =
      channels === 3 ? `${what}, grey is 0` : `−${extent} to ${extent}, zero neutral; ${what}`;
  }

  /** The weights of one checkpoint do not stand beside the number of another. */
  function forget() {
    shown = "";
    templates = null;
    tiles.clear();
    caption.classList.add("is-invisible");
    canvasStep(null);
  }

  function update() {
    const { run } = session.get();
    const checkpoint = session.checkpoint();
    if (!run || !checkpoint) {
      latest.cancel();
      forget();
      status.textContent = run?.is_going_on
        ? "Waiting for the first checkpoint …"
        : "The weights of the first layer stand here as pictures, from the first step on.";
      return;
    }
    if (checkpoint.model === shown) return;
    shown = checkpoint.model;
    latest.run(
      (signal) => training.templates(run.id, checkpoint.step, signal),
      (body) => {
        templates = decodeTemplates(body);
        status.textContent = "";
        caption.classList.remove("is-invisible");
        draw();
        canvasStep(checkpoint.step);
        session.drawn.set({ ...session.drawn.get(), templates: checkpoint.model });
      },
      (error) => {
        forget();
        status.textContent = asProblem(error).message;
        session.drawn.set({ ...session.drawn.get(), templates: checkpoint.model });
      },
    );
  }

  /** @param {number | null} step which the canvas shows now */
  function canvasStep(step) {
    if (step === null) delete tiles.canvas.dataset.step;
    else tiles.canvas.dataset.step = String(step);
  }

  session.subscribe(update);
  address.subscribe(update);
  new ResizeObserver(draw).observe(box);
  update();
}
