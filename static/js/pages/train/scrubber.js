/** The slider over the kept checkpoints, and the way from one of them into the workspace. */

import { button, element } from "../../shared/element.js";
import { formatInteger, formatPercent } from "../../shared/format.js";

const FRAME_MS = 450;

/**
 * @param {HTMLElement} parent
 * @param {{session: import("./session.js").Session, address: import("./address.js").Address,
 *   training: import("./training_api.js").TrainingApi}} parts
 */
export function createScrubber(parent, { session, address, training }) {
  const slider = element("input", {
    class: "train-slider",
    attributes: { type: "range", min: 0, max: 0, step: 1, "aria-label": "Checkpoint" },
    on: { input: () => choose(slider.valueAsNumber) },
  });
  const play = button("Replay", toggle, { title: "Go through the checkpoints from the first" });
  const newest = button("Newest", followNewest, { title: "Follow the newest checkpoint" });
  const text = element("output", { class: "figure train-which" });
  const open = element("a", {
    class: "train-open",
    text: "Open in the microscope",
    on: { pointerdown: keepStep, focus: keepStep },
  });
  const [weights, bundle] = /** @type {const} */ (["safetensors", "bundle"]).map((name) =>
    element("a", { text: name, attributes: { download: "", title: `Download the network after this step as ${name}` } }),
  );
  const links = element("span", { class: "train-links" }, open, weights, bundle);
  parent.append(
    element("div", { class: "train-scrub" }, play, slider, newest),
    element("div", { class: "train-which-row" }, text, links),
  );
  let timer = 0;
  /** The step that the replay has chosen. @type {number | null} */
  let replayed = null;

  const kept = () => session.get().run?.checkpoints ?? [];

  /** @param {number} place among the checkpoints */
  function choose(place) {
    stop();
    const checkpoint = kept()[place];
    if (checkpoint) address.change({ step: checkpoint.step });
  }

  function stop() {
    window.clearInterval(timer);
    timer = 0;
    play.textContent = "Replay";
  }

  function followNewest() {
    stop();
    address.change({ step: null });
  }

  /** What is opened is what was seen when the link was pressed, whatever comes meanwhile. */
  function keepStep() {
    stop();
    const checkpoint = session.checkpoint();
    if (checkpoint) address.change({ step: checkpoint.step });
  }

  /** @param {number} place among the checkpoints */
  function replay(place) {
    replayed = kept()[place]?.step ?? null;
    address.change({ step: replayed });
  }

  function toggle() {
    if (timer) {
      stop();
      return;
    }
    let place = 0;
    play.textContent = "Halt";
    timer = window.setInterval(() => {
      // A step stays until it was seen: its weights and its scores take their time.
      const model = session.checkpoint()?.model;
      const { templates, sample } = session.drawn.get();
      if (templates !== model || sample !== model) return;
      place += 1;
      if (place < kept().length) replay(place);
      if (place >= kept().length - 1) stop();
    }, FRAME_MS);
    replay(0);
  }

  function update() {
    const all = kept();
    const checkpoint = session.checkpoint();
    // Another step, or another run, was chosen by hand.
    if (timer && (!checkpoint || address.get().step !== replayed)) stop();
    slider.disabled = all.length < 2;
    play.disabled = all.length < 2;
    newest.disabled = address.get().step === null;
    slider.max = String(Math.max(0, all.length - 1));
    slider.value = String(checkpoint ? all.findIndex(({ step }) => step === checkpoint.step) : 0);
    links.classList.toggle("is-invisible", !checkpoint);
    if (!checkpoint) {
      text.textContent = "No checkpoint yet";
      return;
    }
    const accuracy =
      checkpoint.accuracy === null
        ? "before it learned anything"
        : `accuracy ${formatPercent(checkpoint.accuracy)}`;
    const position = `${all.indexOf(checkpoint) + 1} of ${all.length}`;
    text.textContent = `step ${formatInteger(checkpoint.step)} · ${accuracy}`;
    slider.setAttribute("aria-valuetext", `${text.textContent}, checkpoint ${position}`);
    const image = session.sample.get();
    const there = { model: checkpoint.model, ...(image ? { image } : {}) };
    open.href = `./?${new URLSearchParams(there)}`;
    const { run } = session.get();
    if (!run) return;
    weights.href = training.downloadUrl(run.id, checkpoint.step, "weights");
    bundle.href = training.downloadUrl(run.id, checkpoint.step, "bundle");
  }
  session.subscribe(update);
  session.sample.subscribe(update);
  address.subscribe(update);
  update();
}
