/** The picture by sliders, and the scores along one of them. */

import { SLIDERS, textFromEdit } from "../../address/picture_edit.js";
import { button, element } from "../../shared/element.js";
import { createLongTask } from "../../shared/long_task.js";
import { createSweepPlot } from "./sweep_plot.js";

const SWEPT = SLIDERS.filter(({ property }) => !["cover_left", "cover_top"].includes(property));
const FOLLOWED = 4;
/** How far the plot goes where the slider goes further than is of use. */
/** @type {Record<string, number[]>} */
const RANGES = { rotation_degrees: [-45, 45], shift_x: [-0.2, 0.2], shift_y: [-0.2, 0.2] };

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @param {import("./what_if.js").WhatIf} what_if
 * @returns {import("../../page_types.js").View}
 */
export function createPictureEditView(parent, { state, api, analysis }, what_if) {
  const preview = element("img", {
    class: "edit-preview",
    attributes: { alt: "The picture as it is changed" },
  });
  const rows = SLIDERS.map((slider) => {
    const { property, text, least, most, step } = slider;
    const input = element("input", {
      attributes: { type: "range", min: least, max: most, step, "aria-label": text },
      on: { input: () => change(slider, input.valueAsNumber) },
    });
    const shown = element("output", { class: "figure" });
    const node = element(
      "label",
      { class: "edit-slider" },
      element("span", { text }),
      input,
      shown,
    );
    return { slider, property, input, shown, node };
  });
  const reset = button("As it was", () => state.change({ seen: {} }), {
    class: "button button-small",
  });
  const keep = button("Look at it everywhere", () => what_if.keepPicture(), {
    class: "button button-small",
    title: "The changed picture becomes the picture of the whole page",
  });
  const choice = element(
    "select",
    { class: "select", attributes: { "aria-label": "Along which slider" } },
    ...SWEPT.map(({ property, text }) =>
      element("option", { text, attributes: { value: property } }),
    ),
  );
  const plot_room = element("div", { class: "sweep-plot" });
  const plot = createSweepPlot(plot_room);

  const task = createLongTask({
    text: "Plot the scores along",
    name: "Pictures of the sweep",
    work(onProgress, signal) {
      const { model, image, prediction, phase } = analysis.get();
      const slider = SWEPT.find(({ property }) => property === choice.value);
      if (phase !== "ready" || !model || image === null || !prediction || !slider) return null;
      const { seen, class_index, rival } = state.get();
      const chosen = [class_index, rival].filter((index) => index !== null);
      const highest = prediction.classes.map(({ index }) => index);
      const classes = [...new Set([...chosen, ...highest])].slice(0, FOLLOWED).join(",");
      plot.clear();
      swept = slider.property;
      plotted_for = subject();
      const [start, stop] = RANGES[choice.value] ?? [slider.least, slider.most];
      const query = { model: model.id, image, ...seen, swept: choice.value, start, stop, classes };
      return api.sweep(query, onProgress, signal);
    },
    show(found) {
      const slider = SWEPT.find(({ property }) => property === found.swept);
      if (slider) plot.show(found, slider);
      update();
    },
  });
  const sweep = element("div", { class: "what-if-row" }, task.node, choice);
  parent.append(
    element("h3", { text: "The picture" }),
    element(
      "div",
      { class: "edit-room" },
      element("div", { class: "edit-sliders" }, ...rows.map(({ node }) => node)),
      preview,
    ),
    element("div", { class: "what-if-row" }, reset, keep),
    sweep,
    plot_room,
  );

  /** @param {import("../../address/picture_edit.js").Slider} slider @param {number} value */
  function change({ property }, value) {
    state.change({ seen: { ...state.get().seen, [property]: value } }, { replace: true });
  }

  function update() {
    if (state.get().lens !== "what-if") return;
    const { seen } = state.get();
    for (const { slider, property, input, shown } of rows) {
      const value = seen[property] ?? slider.usual;
      if (input.valueAsNumber !== value) input.value = String(value);
      shown.textContent = slider.shown(value);
      if (property.startsWith("cover_") && property !== "cover_size") {
        input.disabled = !seen.cover_size;
      }
    }
    const { variant } = what_if.get();
    const { image, phase, model } = analysis.get();
    const shown_image = variant ?? image;
    const url = shown_image === null ? "" : api.imageUrl(shown_image);
    if (url && preview.getAttribute("src") !== url) preview.src = url;
    reset.disabled = Object.keys(seen).length === 0;
    keep.disabled = variant === null;
    sweep.hidden = model?.classes === 0;
    task.allow(phase === "ready");
    plot.mark(seen);
  }

  let swept = "";
  let plotted_for = "";
  /** What the curve is of: the picture with all its changes, but for the one along the plot. */
  function subject() {
    const { model, image } = analysis.get();
    const others = { ...state.get().seen, [swept]: undefined };
    return JSON.stringify([model?.id, image, textFromEdit(others)]);
  }

  function forgetPlot() {
    if (swept === "" || subject() === plotted_for) return;
    swept = "";
    task.end();
    plot.clear();
  }

  const follow = () => {
    forgetPlot();
    update();
  };
  const ends = [
    state.subscribe(follow),
    what_if.subscribe(update),
    analysis.subscribe(follow),
  ];
  update();
  return {
    destroy() {
      for (const end of ends) end();
      task.end();
      parent.replaceChildren();
    },
  };
}
