/** The chosen method: where it looks, its settings, what it computes, and its map to take away. */

import { button, element } from "../../shared/element.js";
import { optionsOf } from "./attribution.js";

/** @typedef {import("../../types.js").AttributionOption} Option */

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View}
 */
export function createWhyTools(parent, { api, state, attribution }) {
  parent.className = "why-tools";
  const opacity = element("input", {
    attributes: { type: "range", min: 0, max: 1, step: 0.01, "aria-label": "Opacity of the maps" },
  });
  opacity.value = String(attribution.opacity.get());
  opacity.addEventListener("input", () => attribution.opacity.set(Number(opacity.value)));
  const minus = element("select", { class: "select", attributes: { "aria-label": "Minus another method" } });
  minus.addEventListener("change", () => state.change({ minus: minus.value || null }));
  const layer = element("select", {
    class: "select why-layer",
    attributes: { "aria-label": "Layer whose maps are weighed" },
  });
  layer.addEventListener("change", () => state.change({ why_layer: layer.value || null }));
  const layer_part = element("label", {}, element("span", { text: "layer" }), layer);
  const options = element("div", { class: "why-options" });
  const title = element("h3");
  const summary = element("p", { class: "quiet" });
  const formula = element("p", { class: "figure why-formula" });
  const paper = element("a", { attributes: { target: "_blank", rel: "noreferrer" } });
  const save_png = element("a", { text: ".png", attributes: { download: true } });
  const save_npy = element("a", { text: ".npy", attributes: { download: true } });
  save_npy.title = "The raw float32 values; numpy.load reads them";
  const said = element("span", { class: "quiet", attributes: { role: "status" } });
  const copy = button("Copy as curl", copyRequest, { class: "button button-small" });
  parent.append(
    element(
      "div",
      { class: "why-line" },
      element("label", {}, element("span", { text: "opacity" }), opacity),
      element("label", {}, element("span", { text: "minus" }), minus),
      layer_part,
    ),
    element(
      "details",
      { class: "why-details" },
      element("summary", { text: "Method, settings, save" }),
      title,
      summary,
      formula,
      element("p", { class: "quiet" }, paper),
      options,
      element("p", { class: "why-line" }, "save ", save_png, save_npy, copy, said),
    ),
  );

  async function copyRequest() {
    const text = `curl '${new URL(save_npy.href).href}' -o attribution.npy`;
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = "Copied";
    } catch {
      said.textContent = text; // the clipboard is closed to pages from plain http
    }
  }

  /** @param {Option} option @param {string} value */
  function set(option, value) {
    const others = state.get().options.filter((text) => text.split(":")[0] !== option.name);
    const is_usual = value === String(option.default);
    state.change({ options: is_usual ? others : [...others, `${option.name}:${value}`] });
  }

  /** @param {Option} option @param {string} value */
  function control(option, value) {
    const label = `${option.title}: ${option.description}`;
    if (option.kind === "choice") {
      const node = element(
        "select",
        { class: "select" },
        ...option.choices.map((text) => element("option", { text, attributes: { value: text } })),
      );
      node.value = value;
      node.addEventListener("change", () => set(option, node.value));
      return element("label", { attributes: { title: label } }, option.title, node);
    }
    if (option.kind === "boolean") {
      const node = element("input", { attributes: { type: "checkbox" } });
      node.checked = value === "true";
      node.addEventListener("change", () => set(option, String(node.checked)));
      return element("label", { attributes: { title: label } }, node, option.title);
    }
    const node = element("input", {
      class: "why-number",
      attributes: {
        type: "number",
        min: option.minimum ?? "",
        max: option.maximum ?? "",
        step: option.kind === "integer" ? 1 : "any",
      },
    });
    node.value = value;
    node.addEventListener("change", () => {
      if (node.value !== "" && node.checkValidity()) set(option, node.value);
      else node.reportValidity();
    });
    return element("label", { attributes: { title: label } }, option.title, node);
  }

  let shown_options = "";
  let shown_layers = "";
  let shown_minus = "";

  /** @param {import("../../types.js").AttributionMethod} method */
  function showOptions(method) {
    const values = optionsOf(method, state.get().options);
    const key = JSON.stringify([method.name, values]);
    if (key === shown_options) return;
    shown_options = key;
    options.replaceChildren(
      ...method.options.map((option) =>
        control(option, values[option.name] ?? String(option.default)),
      ),
    );
  }

  function showLayers() {
    const { catalogue, cards } = attribution.get();
    layer_part.hidden = !cards.some(({ method }) => method.uses_layer);
    if (!catalogue) return;
    if (shown_layers !== catalogue.model) {
      shown_layers = catalogue.model;
      const usual = catalogue.default_layer ?? "none";
      layer.replaceChildren(
        element("option", { text: `${usual} (last with maps)`, attributes: { value: "" } }),
        ...catalogue.layers
          .slice(0, -1)
          .reverse()
          .map((id) => element("option", { text: id, attributes: { value: id } })),
      );
    }
    layer.value = state.get().why_layer ?? "";
  }

  /** @param {import("./attribution.js").Card} card */
  function showMinus(card) {
    const others = attribution.get().cards.filter((other) => other !== card);
    const key = JSON.stringify(others.map(({ method }) => method.name));
    if (key !== shown_minus) {
      shown_minus = key;
      minus.replaceChildren(
        element("option", { text: "no other method", attributes: { value: "" } }),
        ...others.map(({ method }) =>
          element("option", { text: method.title, attributes: { value: method.name } }),
        ),
      );
    }
    minus.value = state.get().minus ?? "";
  }

  function update() {
    if (state.get().lens !== "why") return;
    const card = attribution.chosen();
    parent.hidden = card === null;
    if (!card) return;
    const { method } = card;
    title.textContent = method.title;
    summary.textContent = method.summary;
    formula.textContent = method.formula;
    paper.textContent = `${method.paper.authors}, ${method.paper.title}, ${method.paper.year}`;
    paper.href = method.paper.url;
    showLayers();
    showMinus(card);
    showOptions(method);
    const model = attribution.get().catalogue?.model;
    const query = attribution.queryOf(card);
    if (!model || !query) return;
    save_npy.href = api.attributionUrl(model, method.name, { ...query, format: "npy" });
    save_png.href = api.attributionUrl(model, method.name, { ...query, format: "png" });
  }
  const ends = [attribution.subscribe(update), state.subscribe(update)];
  update();
  return {
    destroy() {
      for (const end of ends) end();
      parent.replaceChildren();
    },
  };
}
