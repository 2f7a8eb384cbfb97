/** Which pixels speak for a class, on both sides, and what is between the two. */

import { button, element, setText } from "../../shared/element.js";
import { formatShort } from "../../shared/format.js";
import { paintHeat, scaleOf } from "../../shared/heat.js";
import { LETTERS, SIDES } from "./address.js";
import { agreementOf, classOf, reasonOf } from "./agreement.js";
import { createDifferenceFrame } from "./difference.js";
import { createFrame } from "./frames.js";
import { cellAt } from "./geometry.js";
import { createReasons, differenceOf } from "./reasons.js";

/** @typedef {import("./address.js").Side} Side */

/** In the place of a class, where the sides look at two pictures. */
const EACH = "each";

/** @param {import("./page.js").Page} page */
export function createWhy(page) {
  const { api, address, comparison, cursor } = page;
  const reasons = createReasons(page);
  const method_choice = element("select", {
    class: "select",
    attributes: { "aria-label": "Method" },
    on: { change: () => address.change({ method: method_choice.value }) },
  });
  const class_choice = element("select", {
    class: "select",
    attributes: { "aria-label": "Class that is explained" },
    on: {
      change: () =>
        address.change({ class_index: class_choice.value === EACH ? null : Number(class_choice.value) }),
    },
  });
  const class_label = element("label", { class: "field" }, "for", class_choice);
  const head = element(
    "div",
    { class: "part part-why-head" },
    element("h2", { text: "Why" }),
    element("label", { class: "field" }, "by", method_choice),
    class_label,
  );
  const difference = createDifferenceFrame(page, "A − B: difference of the attributions");
  const middle = element("div", { class: "part part-why-difference" }, ...difference.nodes);

  /** @param {Side} side @param {NonNullable<import("./reasons.js").Reason["answer"]>} answer */
  function captionOf(side, { document: { label }, heat }) {
    const reason = reasonOf(page, side);
    const why = reason === "chosen" ? "" : ` (${reason})`;
    return `${LETTERS[side]}: ${label ?? ""}${why}, to ±${formatShort(scaleOf(heat).limit)}`;
  }

  /** @param {Side} side */
  function createView(side) {
    const picture = element("img", { attributes: { alt: "", draggable: "false" } });
    const canvas = element("canvas", { class: "compare-heat" });
    const handlers = page.inputHandlers(side);
    const frame = createFrame(
      {
        name: `${LETTERS[side]}: attribution over the network's input; the arrow keys move the mark`,
        ...handlers,
      },
      picture,
      canvas,
    );
    const bar = element("progress", { attributes: { max: 1, "aria-label": `Attribution of ${LETTERS[side]}` } });
    const count = element("span", { class: "figure" });
    const stop = button("Stop", () => reasons.stop(side), { class: "button button-small" });
    const running = element("span", { class: "task-running" }, bar, count, stop);
    const caption = element("p", { class: "quiet" });
    const readout = element("p", { class: "quiet figure compare-readout" });
    const node = element(
      "div",
      { class: "part part-why" },
      frame.box,
      element("div", { class: "compare-progress" }, caption, running),
      readout,
    );
    /** @type {unknown} */
    let painted = null;

    return {
      node,

      update() {
        const { phase, answer, done, total, problem } = reasons.get()[side];
        const { model, image } = comparison.get()[side];
        const waiting = phase === "loading" ? "The attribution is being computed…" : problem;
        frame.show(answer !== null, waiting || "Nothing to explain yet.");
        running.classList.toggle("is-invisible", phase !== "loading" || total === 0);
        if (total > 0) bar.value = done / total;
        setText(count, total > 0 ? `${done} of ${total}` : "");
        setText(caption, answer ? captionOf(side, answer) : "");
        if (answer && answer !== painted) {
          frame.size(answer.heat);
          paintHeat(canvas, answer.heat);
          picture.src = api.inputUrl(model, image, "png");
        }
        painted = answer;
        this.mark();
      },

      mark() {
        const { answer } = reasons.get()[side];
        frame.mark(answer ? handlers.marked() : null);
        const cell = answer ? cellAt(comparison.get(), side, answer.heat, page.place()) : null;
        const value = answer && cell ? answer.heat.values[cell.row * answer.heat.width + cell.column] : null;
        setText(readout, cell && value !== null ? `pixel ${cell.row}, ${cell.column}: ${formatShort(value)}` : "");
        readout.title = value === null ? "" : String(value);
      },
    };
  }
  const views = { left: createView("left"), right: createView("right") };

  /** @returns {string} why there is no difference */
  function reasonWords() {
    const { left, right } = comparison.get();
    if (left.image !== right.image) {
      return "These are two pictures: what lies at one place in both has nothing in common.";
    }
    if (agreementOf(left, right) === "different") {
      return "These maps explain two different classes: there is no difference to show.";
    }
    const failed = SIDES.some((side) => reasons.get()[side].phase === "problem");
    return failed ? "No difference." : "The difference comes once both maps are here.";
  }

  /** @type {unknown[]} */
  let made_of = [];
  /** @type {import("../../shared/heat.js").Heat | null} */
  let heat = null;

  function drawDifference() {
    const { left, right } = comparison.get();
    const one = reasons.get().left.answer;
    const other = reasons.get().right.answer;
    const parts = [one, other, left.seen, right.seen];
    if (parts.some((part, place) => part !== made_of[place])) {
      made_of = parts;
      heat = null;
      const is_one = left.image === right.image && agreementOf(left, right) !== "different";
      if (one && other && left.seen && right.seen && is_one) {
        heat = differenceOf(one.heat, left.seen, other.heat, right.seen);
      }
    }
    const words = reasonWords();
    difference.show(heat, heat ? "A − B, each divided by its largest magnitude" : words);
    drawMarks();
  }

  function drawMarks() {
    for (const side of SIDES) views[side].mark();
    difference.mark();
    const cell = heat ? cellAt(comparison.get(), "left", heat, page.place()) : null;
    const value = heat && cell ? heat.values[cell.row * heat.width + cell.column] : NaN;
    setText(difference.readout, Number.isFinite(value) ? `A − B = ${formatShort(value)}` : "");
  }

  let offered = "";
  function drawChoices() {
    const { methods } = reasons.get();
    const { left, right } = comparison.get();
    const agreement = agreementOf(left, right);
    const method = reasons.method();
    const chosen = classOf(page, "left");
    const known = [left.seen, right.seen].flatMap((seen) => (seen && "classes" in seen ? seen.classes : []));
    const classes = new Map(known.map(({ index, label }) => [index, label]));
    if (chosen !== null && !classes.has(chosen)) {
      classes.set(chosen, left.detail?.labels[chosen] ?? `class ${chosen}`);
    }
    class_label.hidden = agreement === "different";
    const are_two = left.image !== right.image;
    const key = JSON.stringify([methods.map(({ name }) => name), [...classes], are_two]);
    if (key !== offered) {
      offered = key;
      method_choice.replaceChildren(
        ...methods.map(({ name, title }) => element("option", { text: title, attributes: { value: name } })),
      );
      class_choice.replaceChildren(
        ...(are_two ? [element("option", { text: "each side's highest", attributes: { value: EACH } })] : []),
        ...[...classes].map(([index, label]) => element("option", { text: label, attributes: { value: index } })),
      );
    }
    method_choice.disabled = methods.length === 0;
    class_choice.disabled = classes.size === 0;
    method_choice.value = method ?? "";
    method_choice.title = methods.find(({ name }) => name === method)?.summary ?? "";
    const is_each = are_two && address.get().class_index === null;
    class_choice.value = is_each ? EACH : chosen === null ? "" : String(chosen);
  }

  function update() {
    drawChoices();
    for (const side of SIDES) views[side].update();
    drawDifference();
  }
  reasons.subscribe(update);
  comparison.subscribe(update);
  cursor.subscribe(drawMarks);
  address.subscribe(update);
  return { head, middle, sides: { left: views.left.node, right: views.right.node }, update };
}
