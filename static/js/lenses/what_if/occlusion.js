/** Which part of the picture a class needs: covered patch by patch, the fall drawn over it. */

import { rivalOf } from "../../shared/contrast.js";
import { element } from "../../shared/element.js";
import { difference, formatFixed } from "../../shared/format.js";
import { createLongTask } from "../../shared/long_task.js";
import { suggest } from "../../shared/suggestion.js";
import { term } from "../../shared/term.js";

const COLOURS = ["mean", "grey", "black", "white"];

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View}
 */
export function createOcclusionView(parent, { state, api, analysis }) {
  const patch = element("input", {
    class: "number-field",
    attributes: { type: "number", min: 1, step: 1, "aria-label": "patch" },
    on: { input: suitStride },
  });
  const stride = element("input", {
    class: "number-field",
    attributes: { type: "number", min: 1, step: 1, "aria-label": "stride" },
  });
  const colour = element(
    "select",
    { class: "select", attributes: { "aria-label": "Covered with" } },
    ...COLOURS.map((name) => element("option", { text: name, attributes: { value: name } })),
  );
  const strength = element("input", {
    attributes: { type: "range", min: 0, max: 1, step: 0.05, value: 0.65, "aria-label": "Opacity" },
    on: {
      input() {
        canvas.style.opacity = strength.value;
      },
    },
  });
  const picture = element("img", {
    class: "occlusion-picture",
    attributes: { alt: "What the network sees", draggable: "false" },
  });
  const canvas = element("canvas", { class: "occlusion-heat" });
  canvas.style.opacity = strength.value;
  const frame = element("div", { class: "occlusion-frame" }, picture, canvas);
  const readout = element("p", { class: "quiet figure" });
  const save = element("a", { text: "occlusion.npy", attributes: { hidden: true } });
  const figure = element(
    "figure",
    { class: "occlusion-figure", attributes: { hidden: true } },
    frame,
    element(
      "figcaption",
      {},
      readout,
      element("p", { class: "quiet", text: "Yellow: the score falls when it is covered. Blue: it rises." }),
      element("label", { class: "field" }, "opacity", strength),
      save,
    ),
  );
  let shown_for = "";
  /** @type {import("../../types.js").Occlusion | null} */
  let shown = null;

  function question() {
    const { phase, model, image, prediction } = analysis.get();
    const class_index = state.get().class_index ?? prediction?.classes[0]?.index;
    if (phase !== "ready" || !model || image === null || class_index === undefined) return null;
    return { model: model.id, image, class: class_index, rival: rivalOf(state.get(), class_index) };
  }

  const nameOfScore = () =>
    question()?.rival === null ? "Logit" : "Difference of the logits";

  /** @param {boolean} is_stale what is shown is of a question that is not asked any more */
  function setStale(is_stale) {
    figure.classList.toggle("is-stale", is_stale);
    if (is_stale) readout.textContent = "This is the answer from before.";
  }

  function settings() {
    return {
      patch: Math.round(patch.valueAsNumber) || undefined,
      stride: Math.round(stride.valueAsNumber) || undefined,
      colour: colour.value,
    };
  }

  const task = createLongTask({
    text: "Cover it patch by patch",
    name: "Patches covered",
    work(onProgress, signal) {
      const asked = question();
      if (!asked) return null;
      shown_for = JSON.stringify(asked);
      // A scale that stays while the new one is computed would be read as the new one's.
      setStale(shown !== null);
      const query = { ...asked, ...settings() };
      save.href = api.occlusionUrl(query);
      save.download = `${asked.model}.occlusion.npy`;
      return api.occlusion(query, onProgress, signal);
    },
    show(found) {
      const asked = question();
      if (!asked) return;
      shown = found;
      setStale(false);
      picture.src = api.inputUrl(asked.model, asked.image, "png");
      figure.hidden = false;
      save.hidden = false;
      paint(found);
      readout.textContent = `${nameOfScore()} ${formatFixed(found.score, 2)}; covered between ${formatFixed(found.minimum, 2)} and ${formatFixed(found.maximum, 2)}. Point at it to read.`;
    },
  });
  parent.append(
    element("h3", {}, "Cover parts of it: ", term("occlusion", "occlusion")),
    element(
      "div",
      { class: "what-if-row" },
      task.node,
      element("label", { class: "field" }, "patch", patch, "px"),
      element("label", { class: "field" }, "stride", stride, "px"),
      element("label", { class: "field" }, "with", colour),
    ),
    figure,
  );

  /** The mean fall over the patches on each pixel. @param {import("../../types.js").Occlusion} found */
  function paint({ patches, score }) {
    const height = Math.max(...patches.map(({ bottom }) => bottom));
    const width = Math.max(...patches.map(({ right }) => right));
    const total = new Float64Array(height * width);
    const count = new Uint16Array(height * width);
    for (const { top, left, bottom, right, score: covered } of patches) {
      const fall = difference(score, covered);
      if (fall === null) continue;
      for (let row = top; row < bottom; row += 1) {
        for (let pixel = row * width + left; pixel < row * width + right; pixel += 1) {
          total[pixel] += fall;
          count[pixel] += 1;
        }
      }
    }
    const falls = total.map((sum, pixel) => (count[pixel] ? sum / count[pixel] : 0));
    const largest = falls.reduce((most, fall) => Math.max(most, Math.abs(fall)), 0) || 1;
    const image = new ImageData(width, height);
    falls.forEach((fall, pixel) => {
      image.data.set(fall > 0 ? [255, 216, 77] : [64, 120, 255], pixel * 4);
      image.data[pixel * 4 + 3] = 255 * Math.min(1, Math.abs(fall) / largest);
    });
    canvas.width = width;
    canvas.height = height;
    canvas.dataset.largest = String(largest);
    canvas.getContext("2d")?.putImageData(image, 0, 0);
  }

  frame.addEventListener("pointermove", (event) => {
    if (!shown || figure.classList.contains("is-stale")) return;
    const box = frame.getBoundingClientRect();
    const column = ((event.clientX - box.left) / box.width) * canvas.width;
    const row = ((event.clientY - box.top) / box.height) * canvas.height;
    const nearest = shown.patches.reduce((one, other) =>
      distance(other, row, column) < distance(one, row, column) ? other : one,
    );
    const fall = difference(shown.score, nearest.score);
    const falls = fall === null ? "by what is no number" : `${fall >= 0 ? "falls" : "rises"} by ${formatFixed(Math.abs(fall), 3)}`;
    readout.textContent = `Rows ${nearest.top} to ${nearest.bottom}, columns ${nearest.left} to ${nearest.right} covered: ${nameOfScore().toLowerCase()} ${formatFixed(nearest.score, 2)}, ${falls}.`;
  });

  let suited_to = "";
  /** A seventh of the input, half of it on: 32 and 16 px at 224; what was typed stays. */
  function suit() {
    const { model } = analysis.get();
    if (!model || model.id === suited_to) return;
    suited_to = model.id;
    const side = Math.max(1, Math.round(Math.min(model.input_size.height, model.input_size.width) / 7));
    suggest(patch, side);
    suitStride();
  }

  /** A larger stride than the patch leaves pixels out. */
  function suitStride() {
    if (patch.valueAsNumber >= 1) suggest(stride, Math.max(1, Math.floor(patch.valueAsNumber / 2)));
  }

  function update() {
    suit();
    const asked = question();
    task.allow(asked !== null);
    if (shown_for && JSON.stringify(asked) !== shown_for) {
      shown_for = "";
      shown = null;
      task.end();
      figure.hidden = true;
    }
  }

  const ends = [state, analysis].map((source) => source.subscribe(update));
  update();
  return {
    destroy() {
      for (const end of ends) end();
      task.end();
      parent.replaceChildren();
    },
  };
}

/** @param {import("../../types.js").Box} box @param {number} row @param {number} column */
function distance({ top, left, bottom, right }, row, column) {
  return Math.hypot((top + bottom) / 2 - row, (left + right) / 2 - column);
}
