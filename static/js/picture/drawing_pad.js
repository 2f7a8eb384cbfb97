/** A pad for digits: what is drawn is classified while it is drawn. */

import { NO_PICTURE } from "../address/state.js";
import { button, element } from "../shared/element.js";
import { Problem, asProblem } from "../shared/problem.js";
import { createFieldOverlay } from "./field_overlay.js";
import { drawInk, inkAsPng, movesOf } from "./ink.js";

const CANVAS_PX = 448; // sixteen for each pixel of a 28 x 28 digit
const PEN_WIDTHS_PX = { least: 14, usual: 38, most: 72 };
const PAUSE_MS = 120;
// An answer may still be on its way for the drawing before the last.
const SUPERSEDED_KEPT = 4;

/**
 * @param {HTMLElement} parent the stage
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View & {close: () => void}}
 */
export function createDrawingPadView(parent, context) {
  const { state, analysis, pictures, stage, actions } = context;
  /** @type {import("./ink.js").Stroke[]} */
  let strokes = [];
  /** @type {import("./ink.js").Stroke | null} */
  let current = null;
  /** The finger or pen that draws it: each that touches captures the pad. */
  let drawn_by = 0;
  let is_sending = false;
  let is_changed = false;
  /** Ids of drawings that newer ones replaced, oldest first. @type {string[]} */
  const superseded = [];

  const canvas = element("canvas", {
    class: "pad-canvas",
    attributes: {
      width: CANVAS_PX,
      height: CANVAS_PX,
      role: "img",
      "aria-label": "Drawing pad. Draw with a pointer; the scores follow.",
    },
  });
  const still = element("span", { class: "pad-still" });
  const invitation = element(
    "p",
    { class: "pad-invitation" },
    element("span", { text: "Draw a digit here" }),
    still,
  );
  const advice = element("p", { class: "pad-advice" });
  const width_input = element("input", {
    attributes: {
      type: "range",
      min: PEN_WIDTHS_PX.least,
      max: PEN_WIDTHS_PX.most,
      value: PEN_WIDTHS_PX.usual,
    },
  });
  const undo_button = button("Undo", undo, { title: "Take back the last stroke (Ctrl+Z)" });
  const clear_button = button("Clear", clear);
  const paper = element("div", { class: "pad-paper" }, canvas, invitation);
  const view = element(
    "div",
    { class: "stage-layer pad", attributes: { hidden: true } },
    paper,
    element(
      "div",
      { class: "pad-tools" },
      undo_button,
      clear_button,
      element("label", { class: "pad-width" }, "Pen", width_input),
      button("Close", close, { title: "Close the pad (Esc)" }),
      advice,
    ),
  );
  parent.append(view);
  const field_overlay = createFieldOverlay(paper, context);

  /** @param {PointerEvent} event */
  function pointAt(event) {
    const box = canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * CANVAS_PX,
      y: ((event.clientY - box.top) / box.height) * CANVAS_PX,
    };
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || current) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    drawn_by = event.pointerId;
    current = { points: [pointAt(event)], width_px: width_input.valueAsNumber };
    strokes.push(current);
    changed();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!current || event.pointerId !== drawn_by) return;
    current.points.push(...movesOf(event).map(pointAt));
    changed();
  });
  for (const type of /** @type {const} */ (["pointerup", "pointercancel"])) {
    canvas.addEventListener(type, (event) => {
      if (event.pointerId === drawn_by) current = null;
    });
  }

  function undo() {
    strokes.pop();
    changed();
  }

  function clear() {
    strokes = [];
    changed();
  }

  function close() {
    actions.leavePad(strokes.length > 0);
  }

  function changed() {
    drawInk(canvas, strokes);
    invitation.hidden = strokes.length > 0;
    undo_button.disabled = strokes.length === 0;
    clear_button.disabled = strokes.length === 0;
    is_changed = true;
    if (!is_sending) send();
  }

  /** Sends the drawing as it is now; what is drawn meanwhile goes with the next one. */
  async function send() {
    is_sending = true;
    view.setAttribute("aria-busy", "true");
    while (is_changed) {
      is_changed = false;
      if (strokes.length === 0) leaveBlank();
      else await sendInk();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    is_sending = false;
    view.setAttribute("aria-busy", "false");
  }

  async function sendInk() {
    try {
      const before = state.get().image;
      const drawing = await inkAsPng(canvas);
      if (state.get().image !== before) return; // another picture was chosen meanwhile
      const replace = pictures.local(before)?.kind === "drawing";
      await pictures.open(drawing, "drawing.png", { kind: "drawing", replace });
      if (replace && before !== null && state.get().image !== before) supersede(before);
    } catch (error) {
      const problem = asProblem(error);
      pictures.fail(new Problem(problem.type, `The drawing was not sent. ${problem.message}`));
    }
  }

  /** @param {string} image_id */
  function supersede(image_id) {
    superseded.push(image_id);
    if (superseded.length > SUPERSEDED_KEPT) pictures.forget(superseded.shift() ?? "");
  }

  function leaveBlank() {
    const is_drawing = pictures.local(state.get().image)?.kind === "drawing";
    if (is_drawing) state.change({ image: NO_PICTURE }, { replace: true });
  }

  /** @param {string} text @param {() => void} act */
  const small = (text, act) => button(text, act, { class: "button button-small" });

  /** What was said last: a button that is pressed must not be made anew under the finger. */
  let said = "";

  function showAdvice() {
    const { model, image } = analysis.get();
    // Until the first stroke the scores beside the pad are those of another picture.
    const title = pictures.example(image)?.title ?? pictures.fileName(image) ?? "the picture";
    still.textContent = image === null ? "" : `Until then the scores are of: ${title}`;
    if (!model) return;
    const as_drawn = model.preparations.length > 0 && state.get().preparation === "as-drawn";
    const left = actions.leftTitle();
    const situation = [model.title, model.input_kind, as_drawn, left].join("\n");
    if (situation === said) return;
    said = situation;
    if (model.input_kind === "digit") {
      const how = as_drawn ? "it is taken as it is drawn" : "it is centred for it";
      advice.replaceChildren(`${model.title} reads one handwritten digit; ${how}. `);
      if (left) advice.append(small(`Draw for ${left} instead`, () => actions.drawForLeft()));
      return;
    }
    advice.replaceChildren(
      `${model.title} was made for photographs. `,
      small("Open a digit reader", () => actions.draw()),
    );
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (view.hidden || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") close();
    else if (event.key === "z" && (event.ctrlKey || event.metaKey)) undo();
    else return;
    event.preventDefault();
  }
  document.addEventListener("keydown", onKey);

  const ends = [
    stage.subscribe((mode) => {
      view.hidden = mode !== "pad";
      showAdvice();
      if (!view.hidden && strokes.length > 0) changed();
    }),
    analysis.subscribe(showAdvice),
    pictures.subscribe(showAdvice),
    state.subscribe(({ image }, previous) => {
      // Another picture was chosen: what is still unsent must not take its place.
      const is_other = image !== previous.image && pictures.local(image)?.kind !== "drawing";
      if (is_other) is_changed = false;
    }),
  ];
  view.hidden = stage.get() !== "pad";
  drawInk(canvas, strokes);
  undo_button.disabled = true;
  clear_button.disabled = true;

  return {
    close,
    destroy() {
      field_overlay.destroy?.();
      document.removeEventListener("keydown", onKey);
      for (const end of ends) end();
      view.remove();
    },
  };
}
