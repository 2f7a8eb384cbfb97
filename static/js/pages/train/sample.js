/** What the network at the checkpoint that is looked at makes of one picture. */

import { coloursOfCodes, gradientOf, layerColours } from "../../shared/colours.js";
import { element } from "../../shared/element.js";
import { formatPercent, formatShort } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { decodeMaps, hasNegative } from "../../shared/maps.js";
import { asProblem, Problem } from "../../shared/problem.js";
import { createTiles } from "./tiles.js";

const USUAL_DIGIT = "5";
const USUAL_PHOTOGRAPH = "example-chelsea";
const PRINTED_PX = 240;
const MOST_CLASSES = 10;
const MOST_MAPS = 32;
const TILE_PX = 84;

/**
 * A digit as a printer would set it; the network cuts out its ink as it does with any picture.
 *
 * @param {string} digit
 * @returns {Promise<Blob>}
 */
function printed(digit) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = PRINTED_PX;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = "white";
  pen.fillRect(0, 0, PRINTED_PX, PRINTED_PX);
  pen.fillStyle = "black";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.font = `${PRINTED_PX * 0.8}px sans-serif`;
  pen.fillText(digit, PRINTED_PX / 2, PRINTED_PX / 2);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture was made"))));
  });
}

/**
 * @param {HTMLElement} parent
 * @param {HTMLElement} tools
 * @param {{api: import("../../api/api.js").Api, session: import("./session.js").Session,
 *   address: import("./address.js").Address}} parts
 */
export function createSample(parent, tools, { api, session, address }) {
  const select = element("select", {
    class: "select",
    attributes: { "aria-label": "Sample picture" },
    on: { change: () => address.change({ sample: select.value }) },
  });
  select.hidden = true;
  tools.append(select);
  const seen = element("img", { class: "train-seen", attributes: { alt: "", hidden: true } });
  const scores = element("ol", { class: "train-scores" });
  const tiles = createTiles("Maps of the first layer", TILE_PX);
  const legend = element("span", { class: "train-gradient" });
  const range = element("span", { class: "figure" });
  const caption = element("p", { class: "quiet train-caption is-invisible" }, legend, range);
  const status = element("p", { class: "quiet", attributes: { role: "status" } });
  const box = element("div", { class: "train-tiles-box" }, tiles.canvas);
  const answer = element("div", { class: "train-answer" }, seen, scores);
  parent.append(status, answer, box, caption);

  const latest = createLatest();
  /** Ids of printed digits that the server has. @type {Map<string, string>} */
  const sent = new Map();
  /** @type {{run: string, detail: import("../../types.js").ModelDetail} | null} */
  let network = null;
  /** @type {import("../../shared/maps.js").LayerMaps | null} */
  let maps = null;
  /** @type {import("../../types.js").Example[]} */
  let examples = [];
  let shown = "";
  let offered = "";

  /** @param {import("../../types.js").ModelDetail} detail */
  function offer(detail) {
    if (offered === detail.input_kind) return;
    offered = detail.input_kind;
    select.hidden = false;
    const choices =
      offered === "digit"
        ? Array.from({ length: 10 }, (_, digit) => ({ value: String(digit), text: `a printed ${digit}` }))
        : examples.map(({ id, title }) => ({ value: id, text: title }));
    select.replaceChildren(
      ...choices.map(({ value, text }) => element("option", { text, attributes: { value } })),
    );
  }

  /** @param {import("../../types.js").ModelDetail} detail */
  function sampleFor({ input_kind }) {
    const { sample } = address.get();
    const is_digit = /^\d$/.test(sample);
    if (input_kind === "digit") return is_digit ? sample : USUAL_DIGIT;
    return sample && !is_digit ? sample : USUAL_PHOTOGRAPH;
  }

  /** @param {string} sample @param {AbortSignal} signal */
  async function imageOf(sample, signal) {
    if (!/^\d$/.test(sample)) return sample;
    const known = sent.get(sample);
    if (known) return known;
    const options = { onProgress: () => undefined, signal };
    const stored = await api.uploadImage(await printed(sample), `${sample}.png`, options);
    sent.set(sample, stored.id);
    return stored.id;
  }

  /** @param {import("../../types.js").ModelDetail} detail */
  const firstMaps = ({ layers }) =>
    layers.find(
      ({ operation, output_shape }) =>
        operation.endsWith("convolution") && output_shape.length === 3,
    );

  /**
   * @param {string} run_id
   * @param {string} model
   * @param {AbortSignal} signal
   */
  async function look(run_id, model, signal) {
    if (network?.run !== run_id) {
      if (examples.length === 0) ({ examples } = await api.examples(signal));
      network = { run: run_id, detail: await api.model(model, signal) };
    }
    const { detail } = network;
    offer(detail);
    const sample = sampleFor(detail);
    select.value = sample;
    const image = await imageOf(sample, signal);
    try {
      return await ask(detail, model, image, signal);
    } catch (error) {
      if (!(error instanceof Problem) || error.type !== "unknown-image") throw error;
      // The server has forgotten the digit: it is sent again.
      sent.delete(sample);
      return ask(detail, model, await imageOf(sample, signal), signal);
    }
  }

  /**
   * @param {import("../../types.js").ModelDetail} detail
   * @param {string} model
   * @param {string} image
   * @param {AbortSignal} signal
   */
  async function ask(detail, model, image, signal) {
    const layer = firstMaps(detail)?.id;
    const [prediction, body] = await Promise.all([
      api.predictions(model, image, Math.min(detail.classes, MOST_CLASSES), signal),
      layer
        ? api.activations({ model, layer, image, format: "u8", scale: "layer" }, signal)
        : Promise.resolve(null),
    ]);
    return { prediction, maps: body ? decodeMaps(body) : null, image };
  }

  /** @param {import("../../types.js").Prediction} prediction */
  function showScores({ classes, class_count }) {
    // In their own order, where all are there, so that they stay in place while they change.
    const listed =
      class_count > MOST_CLASSES ? classes : [...classes].sort((one, two) => one.index - two.index);
    // The highest logit first, and those that are no numbers last.
    const [best] = classes;
    scores.replaceChildren(
      ...listed.map(({ index, label, logit, probability }) => {
        const bar = element("span", { class: "train-score-bar" });
        bar.style.width = `${(probability ?? 0) * 100}%`;
        return element(
          "li",
          {
            class: index === best.index ? "is-best" : "",
            attributes: { title: `logit ${logit}, probability ${probability}` },
          },
          element("span", { class: "train-score-label", text: label }),
          element("span", { class: "train-score-track" }, bar),
          element("span", {
            class: "figure train-score-number",
            // A network that diverged has no numbers left.
            text: Number.isFinite(probability) ? formatPercent(probability) : "no number",
          }),
        );
      }),
    );
  }

  function draw() {
    box.hidden = maps === null;
    caption.classList.toggle("is-invisible", maps === null);
    if (!maps) return;
    const { codes, count, height, width, minimum, maximum } = maps;
    const size = height * width;
    const colours = layerColours("auto", hasNegative(maps));
    tiles.show(Math.min(count, MOST_MAPS), height, width, (tile) => {
      const table = coloursOfCodes(colours, minimum[tile], maximum[tile]);
      return Uint32Array.from(codes.subarray(tile * size, (tile + 1) * size), (code) => table[code]);
    });
    legend.style.background = gradientOf(colours);
    const low = minimum.reduce((least, value) => Math.min(least, value), Infinity);
    const high = maximum.reduce((most, value) => Math.max(most, value), -Infinity);
    range.textContent = `${formatShort(low)} to ${formatShort(high)}; ${count} maps of ${maps.layer}, \
one scale for all`;
  }

  /** What one checkpoint made of the picture says nothing of another. */
  function forget() {
    shown = "";
    maps = null;
    seen.hidden = true;
    scores.replaceChildren();
    delete scores.dataset.model;
    draw();
  }

  function update() {
    const { run } = session.get();
    const checkpoint = session.checkpoint();
    if (!run || !checkpoint) {
      latest.cancel();
      forget();
      status.textContent = "Its scores for a picture, and the maps of its first layer, come with them.";
      return;
    }
    const wanted = `${checkpoint.model} ${address.get().sample}`;
    if (wanted === shown) return;
    shown = wanted;
    latest.run(
      (signal) => look(run.id, checkpoint.model, signal),
      (found) => {
        status.textContent = "";
        maps = found.maps;
        session.sample.set(found.image);
        showScores(found.prediction);
        draw();
        const { detail } = /** @type {NonNullable<typeof network>} */ (network);
        const address_of_input = api.inputUrl(detail.id, found.image, "png");
        if (seen.getAttribute("src") !== address_of_input) seen.src = address_of_input;
        seen.alt = "The sample as the network sees it";
        seen.hidden = false;
        scores.dataset.model = found.prediction.model;
        session.drawn.set({ ...session.drawn.get(), sample: checkpoint.model });
      },
      (error) => {
        forget();
        status.textContent = asProblem(error).message;
        session.drawn.set({ ...session.drawn.get(), sample: checkpoint.model });
      },
    );
  }

  session.subscribe(update);
  address.subscribe(update);
  new ResizeObserver(draw).observe(box);
  update();
}
