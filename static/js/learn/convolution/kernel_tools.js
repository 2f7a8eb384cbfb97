/** Which kernels there are, what they are, and how they slide. */

import { button, byId, element, setText } from "../../shared/element.js";
import { createNumberField } from "../../shared/number_field.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { SIZES, shownOf } from "./address.js";
import { createLearnedStrip } from "./learned_strip.js";
import { LEARNED_COUNT, MOST_MAPS, PRESETS, USUAL, isShared, weightsOf } from "./kernels.js";

/** @typedef {import("./kernels.js").Kernel} Kernel */

const NET = "EfficientNet-Lite0";

/** @param {Kernel} kernel */
export const titleOf = ({ name, values }) =>
  PRESETS[name]?.title ?? (name === "net" ? `learned, ${values[0] + 1}` : "your own");

/** @param {import("./address.js").Address} address */
export function createKernelTools(address) {
  const tabs = element("div", { class: "kernel-tabs", attributes: { role: "group", "aria-label": "Kernels" } });
  const small = { class: "button button-small" };
  const add = button("Add a kernel", () => {
    const { kernels } = address.get();
    address.change({ kernels: [...kernels, USUAL[kernels.length]], map: kernels.length }, { step: true });
  }, small);
  const remove = button("Remove this one", () => {
    const { kernels, map } = shownOf(address);
    const rest = kernels.filter((_, place) => place !== map);
    address.change({ kernels: rest, map: Math.max(0, map - 1) }, { step: true });
  }, small);
  byId("kernel-choice").append(element("span", { class: "number-label", text: "kernels" }), tabs, add, remove);

  const preset = element(
    "select",
    {
      class: "select",
      attributes: { id: "kernel-preset" },
      on: {
        change() {
          const [name, number] = preset.value.split(":");
          if (name === "own") return;
          change({ name, values: name === "net" ? [Number(number)] : [] }, name === "net");
        },
      },
    },
    ...Object.entries(PRESETS).map(([name, { title }]) => element("option", { text: title, attributes: { value: name } })),
    element("option", { text: "your own: type into it", attributes: { value: "own" } }),
    element(
      "optgroup",
      { attributes: { label: `learned: first layer of ${NET}` } },
      ...Array.from({ length: LEARNED_COUNT }, (_, place) =>
        element("option", { text: `learned, kernel ${place + 1}`, attributes: { value: `net:${place}` } }),
      ),
    ),
  );
  const alike = element("input", {
    attributes: { type: "checkbox", id: "kernel-alike" },
    on: {
      change() {
        const { kernels, map, side } = shownOf(address);
        const kernel = kernels[map];
        const number = /** @type {3 | 5} */ (Number(side));
        const weights = channels === 3 ? weightsOf(kernel, number, 3, learned) : [];
        if (weights.length === 3) change({ name: "own", values: alike.checked ? weights[0] : weights.flat() });
      },
    },
  });
  const bias = createNumberField({
    ...{ label: "+ bias", low: -1000, high: 1000, step: 0.1, value: address.get().kernels[0].bias },
    onChange: (value) => change({ bias: value }),
  });
  byId("kernel-tools").append(
    element("label", { class: "kernel-preset" }, element("span", { class: "number-label", text: "this one" }), preset),
    bias.node,
    element("label", { class: "kernel-alike", attributes: { id: "kernel-alike-label" } }, alike, "the same over all colours"),
  );
  const strip = createLearnedStrip(byId("kernel-learned"), (number) => change({ name: "net", values: [number] }, true));
  // The field alone: a slider over 2,000 whole numbers says nothing.
  bias.node.querySelector("input[type=range]")?.remove();

  const chosen = /** @type {const} */ (["side", "colours", "numbers", "size"]).map((name) => {
    const node = createChosenOne({
      label: LABELS[name],
      choices: CHOICES[name],
      value: /** @type {string} */ (address.get()[name]),
      onChange: (value) => address.change({ [name]: value }, { step: true }),
    });
    return { name, node };
  });
  const slides = /** @type {const} */ (["stride", "padding", "dilation"]).map((name) => {
    const node = createNumberField({
      ...{ label: name, ...LIMITS[name], step: 1, value: address.get()[name] },
      onChange: (value) => address.change({ [name]: value }),
    });
    return { name, node };
  });
  byId("slide-tools").append(
    ...slides.map(({ node }) => node.node),
    ...chosen.map(({ node }) => node.node),
  );

  let channels = 3;
  /** @type {Float32Array | null} */
  let learned = null;

  /** @param {Partial<Kernel>} changes @param {boolean} [is_learned] it came with numbers from −1 to 1 */
  function change(changes, is_learned = false) {
    const { kernels, map } = shownOf(address);
    address.change(
      {
        kernels: kernels.map((kernel, place) => (place === map ? { ...kernel, ...changes } : kernel)),
        ...(is_learned ? { numbers: "network", side: "3" } : {}),
      },
      { step: changes.name !== undefined && changes.name !== "own" },
    );
  }

  /** @param {number} place */
  const createTab = (place) =>
    button(String(place + 1), () => address.change({ map: place }, { step: true }), { class: "kernel-tab" });

  return {
    change,

    /** @param {Float32Array} values */
    setLearned(values) {
      learned = values;
      strip.paint(values);
    },

    /** @param {import("./lesson.js").Layer} layer */
    show({ channels: names }) {
      channels = names.length;
      const shown = shownOf(address);
      const kernel = shown.kernels[shown.map];
      while (tabs.childElementCount < shown.kernels.length) tabs.append(createTab(tabs.childElementCount));
      while (tabs.childElementCount > shown.kernels.length) tabs.lastElementChild?.remove();
      shown.kernels.forEach((each, place) => {
        const tab = tabs.children[place];
        tab.setAttribute("aria-pressed", String(place === shown.map));
        tab.setAttribute("aria-label", `Kernel ${place + 1}: ${titleOf(each)}`);
        tab.setAttribute("title", titleOf(each));
      });
      add.hidden = shown.kernels.length >= MOST_MAPS;
      remove.hidden = shown.kernels.length <= 1;
      preset.value = kernel.name === "net" ? `net:${kernel.values[0]}` : kernel.name;
      strip.mark(kernel.name === "net" ? kernel.values[0] : null);
      bias.show(kernel.bias);
      alike.checked = isShared(kernel);
      byId("kernel-alike-label").hidden = channels === 1 || kernel.name === "net";
      for (const { name, node } of chosen) node.show(/** @type {any} */ (shown[name]));
      for (const { name, node } of slides) node.show(shown[name]);
      setText(byId("slide-note"), noteFor(shown, channels));
    },
  };
}

const LABELS = { side: "window", colours: "colours", numbers: "pixels", size: "picture" };
const LIMITS = {
  stride: { low: 1, high: 4 },
  padding: { low: 0, high: 4 },
  dilation: { low: 1, high: 3 },
};
/** @type {Record<keyof typeof LABELS, {value: string, text: string}[]>} */
const CHOICES = {
  side: [
    { value: "3", text: "3 × 3" },
    { value: "5", text: "5 × 5" },
  ],
  colours: [
    { value: "rgb", text: "red, green, blue" },
    { value: "grey", text: "grey" },
  ],
  numbers: [
    { value: "bytes", text: "0 to 255" },
    { value: "network", text: "−1 to 1, as the network gets them" },
  ],
  size: SIZES.map((value) => ({ value, text: value })),
};

/** @param {import("./address.js").Shown} shown @param {number} channels */
function noteFor({ kernels, map, numbers }, channels) {
  if (kernels[map].name !== "net") return "";
  const summed = channels === 1 ? " Without colour its three parts meet the same pixels, so they are added." : "";
  const scaled = numbers === "bytes" ? ` ${NET} is given pixels from −1 to 1: choose them beside.` : "";
  return `Kernel ${kernels[map].values[0] + 1} of 32 of ${NET}’s first convolution, as it was learned; there it goes over 224 × 224 pixels with stride 2.${summed}${scaled}`;
}
