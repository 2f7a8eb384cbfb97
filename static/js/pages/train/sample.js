/** What the network at the checkpoint that is looked at makes of one picture. */

import { coloursOfCodes, gradientOf, layerColours } from "../../shared/colours.js";
import { button, element, setText } from "../../shared/element.js";
import { formatShort } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { decodeMaps, hasNegative } from "../../shared/maps.js";
import { asProblem, Problem } from "../../shared/problem.js";
import { createRandomBadge } from "../../shared/random_badge.js";
import { createPad } from "./pad.js";
import { MOST_CLASSES, showScores } from "./sample_scores.js";
import { HELD_OUT, PRINTED, createSources } from "./sources.js";
import { createTiles } from "./tiles.js";

const USUAL_DIGIT = "5";
const USUAL_PHOTOGRAPH = "example-chelsea";
const MOST_MAPS = 32;
const TILE_PX = 84;

/**
 * @param {HTMLElement} parent
 * @param {HTMLElement} tools
 * @param {{api: import("../../api/api.js").Api,
 *   training: import("./training_api.js").TrainingApi, session: import("./session.js").Session,
 *   address: import("./address.js").Address}} parts
 */
export function createSample(parent, tools, { api, training, session, address }) {
  const select = element("select", {
    class: "select",
    attributes: { "aria-label": "Sample picture" },
    on: { change: () => address.change({ sample: select.value }) },
  });
  const file = element("input", {
    class: "visually-hidden",
    attributes: { type: "file", accept: "image/*", tabindex: -1, "aria-label": "Sample file" },
    on: {
      change() {
        const chosen = file.files?.[0];
        if (chosen) send(chosen, chosen.name);
        file.value = "";
      },
    },
  });
  const upload = button("Upload…", () => file.click(), { class: "button button-small" });
  const draw_it = button("Draw", () => {
    is_drawing = !is_drawing;
    draw_it.setAttribute("aria-pressed", String(is_drawing));
    pad.show(is_drawing);
  }, { class: "button button-small", attributes: { "aria-pressed": "false" } });
  let is_drawing = false;
  for (const node of [select, upload, draw_it]) node.hidden = true;
  const random = createRandomBadge();
  tools.append(select, upload, draw_it, file, random.node);
  const seen = element("img", { class: "train-seen", attributes: { alt: "", hidden: true } });
  const scores = element("ol", { class: "train-scores" });
  const tiles = createTiles("Maps of the first layer", TILE_PX);
  const legend = element("span", { class: "train-gradient" });
  const range = element("span", { class: "figure" });
  const caption = element("p", { class: "quiet train-caption is-invisible" }, legend, range);
  const status = element("p", { class: "quiet", attributes: { role: "status" } });
  const box = element("div", { class: "train-tiles-box" }, tiles.canvas);
  const right = element("p", { class: "quiet train-truth", attributes: { role: "status" } });
  const answer = element("div", { class: "train-answer" }, seen, scores);
  const pad_box = element("div");
  const pad = createPad(pad_box, (drawing) => send(drawing, "drawing.png"));
  parent.append(status, pad_box, answer, right, box, caption);

  const latest = createLatest();
  const sending = createLatest();
  const sources = createSources({ api, training });
  let own_name = "your picture";
  /** What the sample shows, where that is known. @type {string | null} */
  let truth = null;
  /** @type {{run: string, detail: import("../../types.js").ModelDetail} | null} */
  let network = null;
  /** @type {import("../../shared/maps.js").LayerMaps | null} */
  let maps = null;
  /** @type {import("../../types.js").Example[]} */
  let examples = [];
  let shown = "";
  let offered = "";

  /** @param {string} label @param {import("./sources.js").Choice[]} choices */
  const group = (label, choices) =>
    choices.length === 0
      ? []
      : [
          element(
            "optgroup",
            { attributes: { label } },
            ...choices.map(({ value, text }) => element("option", { text, attributes: { value } })),
          ),
        ];

  /**
   * @param {import("../../types.js").ModelDetail} detail
   * @param {import("../../types.js").Sample[]} samples
   * @param {string} sample that is shown
   */
  function offer(detail, samples, sample) {
    const is_digit = detail.input_kind === "digit";
    const others = is_digit
      ? Array.from({ length: 10 }, (_, digit) => ({ value: String(digit), text: `a printed ${digit}` }))
      : examples.map(({ id, title }) => ({ value: id, text: title }));
    const held = samples.map(({ number, label }) => ({
      value: `held-${number}`,
      text: `${label} (held out, ${number + 1})`,
    }));
    const is_own = ![...held, ...others].some(({ value }) => value === sample);
    const own = is_own ? [{ value: sample, text: own_name }] : [];
    const wanted = JSON.stringify([held, others, own]);
    if (offered !== wanted) {
      offered = wanted;
      select.replaceChildren(
        ...group("Held out: never learned from", held),
        ...group(is_digit ? "Printed" : "Examples", others),
        ...group("Yours", own),
      );
    }
    for (const node of [select, upload, draw_it]) node.hidden = false;
    select.value = sample;
  }

  /**
   * @param {import("../../types.js").ModelDetail} detail
   * @param {import("../../types.js").Sample[]} samples
   */
  function sampleFor({ input_kind }, samples) {
    const { sample } = address.get();
    const number = HELD_OUT.exec(sample)?.[1];
    const is_here = number === undefined || samples.some((each) => each.number === Number(number));
    const suits = input_kind === "digit" || !PRINTED.test(sample);
    if (sample && is_here && suits && !(input_kind === "digit" && sample.startsWith("example-"))) return sample;
    if (samples.length > 0) return `held-${samples[0].number}`;
    return input_kind === "digit" ? USUAL_DIGIT : USUAL_PHOTOGRAPH;
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
    const samples = await sources.samplesOf(run_id, signal);
    const sample = sampleFor(detail, samples);
    offer(detail, samples, sample);
    const held = HELD_OUT.exec(sample)?.[1];
    truth = held === undefined ? null : (samples.find(({ number }) => number === Number(held))?.label ?? null);
    const image = await sources.imageOf(run_id, sample, signal);
    try {
      return await ask(detail, model, image, signal);
    } catch (error) {
      const is_gone = error instanceof Problem && error.type === "unknown-image";
      // The server has forgotten the picture: what can be sent again is.
      if (!is_gone || !sources.forget(run_id, sample)) throw error;
      return ask(detail, model, await sources.imageOf(run_id, sample, signal), signal);
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

  /** @param {Blob} picture @param {string} name */
  function send(picture, name) {
    own_name = name === "drawing.png" ? "your drawing" : name;
    status.textContent = `Sending ${own_name} …`;
    sending.run(
      (signal) => sources.upload(picture, name, signal),
      (id) => address.change({ sample: id }),
      (error) => {
        status.textContent = asProblem(error).message;
      },
    );
  }

  /** Whether a held-out picture is read rightly. @param {string} best */
  function tellTruth(best) {
    right.classList.toggle("is-wrong", truth !== null && truth !== best);
    setText(
      right,
      truth === null
        ? ""
        : truth === best
          ? `Held out, and read rightly: ${truth}.`
          : `Held out; it shows ${truth}, and is taken for ${best}.`,
    );
  }

  /** What one checkpoint made of the picture says nothing of another. */
  function forget() {
    shown = "";
    maps = null;
    seen.hidden = true;
    scores.replaceChildren();
    setText(right, "");
    delete scores.dataset.model;
    draw();
  }

  function update() {
    const { run } = session.get();
    const checkpoint = session.checkpoint();
    // Before the first step, the network is what was drawn.
    random.show(run && checkpoint?.step === 0 ? { origin: "random" } : null);
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
        showScores(scores, found.prediction);
        tellTruth(found.prediction.classes[0].label);
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
