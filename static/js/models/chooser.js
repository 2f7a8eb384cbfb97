/** The dialog in which a model is found and opened. */

import { button, element } from "../shared/element.js";
import { ORIGIN_NAMES, formatBytes, formatCount, formatInteger } from "../shared/format.js";
import { createAssumedBadge } from "../shared/assumed_badge.js";
import { createRandomBadge } from "../shared/random_badge.js";
import { KINDS, groupByFamily, irrelevance, matchesQuery, searchText } from "./search.js";

/** @typedef {import("../types.js").Model} Model */
/** @typedef {{model: Model, node: HTMLElement, text: string}} Option */

/** @param {Model} model */
function statusText({ weights, origin }) {
  if (origin === "random") return "ready";
  if (weights.status === "ready") return "ready";
  const size = weights.bytes === null ? "" : ` ${formatBytes(weights.bytes)}`;
  if (weights.status === "damaged") return "damaged";
  return weights.status === "downloadable" ? `download${size}` : "file needed";
}

/** @param {Model} model @param {number} place */
function createOption(model, place) {
  const status = statusText(model);
  const assumed = createAssumedBadge();
  assumed.show(model);
  return element(
    "div",
    {
      class: `model-option is-${model.weights.status}`,
      attributes: { role: "option", id: `model-option-${place}`, "aria-selected": "false" },
    },
    element("span", { class: "model-option-title", text: model.title }),
    element(
      "span",
      { class: "model-option-badges" },
      element("span", {
        class: `badge badge-${model.origin}`,
        text: ORIGIN_NAMES[model.origin],
      }),
      assumed.node,
    ),
    element("span", { class: "model-option-id", text: model.id }),
    element("span", { class: "model-option-year", text: model.year === null ? "" : String(model.year) }),
    element("span", {
      class: "model-option-size",
      text: formatCount(model.parameters),
      attributes: { title: `${formatInteger(model.parameters)} parameters` },
    }),
    element("span", { class: "model-option-status", text: status }),
  );
}

/**
 * @param {object} parts
 * @param {import("./catalogue.js").Catalogue} parts.catalogue
 * @param {() => string | undefined} parts.opened the id of the model that is open
 * @param {(model: Model) => void} parts.onChoose
 * @param {() => void} parts.onPickOwn somebody wants to open a network of their own
 */
export function createChooserDialog({ catalogue, opened: openedId, onChoose, onPickOwn }) {
  const input = element("input", {
    class: "model-search",
    attributes: {
      type: "search",
      role: "combobox",
      placeholder: "Name, family, year, author",
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": "Search models",
      "aria-expanded": "true",
      "aria-controls": "model-list",
    },
    on: { input: filter, keydown: onKey },
  });
  const kind_inputs = KINDS.map(({ kind }) =>
    element("input", {
      attributes: { type: "radio", name: "model-kind", value: kind },
      on: { change: filter },
    }),
  );
  kind_inputs[0].checked = true;
  const count = element("p", { class: "model-count", attributes: { role: "status" } });
  const list = element("div", {
    class: "model-list",
    attributes: { id: "model-list", role: "listbox", "aria-label": "Models", tabindex: -1 },
  });
  const entrance = element(
    "div",
    { class: "model-entrance" },
    button("Open your own network …", pickOwn),
    element("span", {
      class: "quiet",
      text: "its weights, or a bundle: .pth .pt .ckpt .bin .safetensors .zip, which may also be \
dropped anywhere on the page",
    }),
  );
  const dialog = element(
    "dialog",
    { class: "dialog model-dialog", attributes: { "aria-label": "Choose a model" } },
    element("div", { class: "model-search-line" }, input),
    element(
      "div",
      { class: "model-kinds" },
      element(
        "div",
        { class: "switch", attributes: { role: "radiogroup", "aria-label": "Which models" } },
        ...KINDS.map(({ text }, place) =>
          element("label", {}, kind_inputs[place], element("span", { text })),
        ),
      ),
      count,
    ),
    list,
    entrance,
  );
  document.body.append(dialog);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // the backdrop
  });

  /** @type {Option[]} */
  let options = [];
  /** @type {{node: HTMLElement, members: Option[]}[]} families, in the order of the list */
  let groups = [];
  /** @type {Option[]} the ones that the search leaves, in order */
  let visible = [];
  let active = 0;
  /** @type {Model[] | null} */
  let built_from = null;

  function build() {
    if (built_from === catalogue.all()) return;
    built_from = catalogue.all();
    options = [];
    groups = groupByFamily(built_from).map(({ family, models }) => {
      const members = models.map((model) => {
        const node = createOption(model, options.length);
        const option = { model, node, text: searchText(model) };
        node.addEventListener("click", () => choose(option));
        node.addEventListener("pointermove", () => activate(visible.indexOf(option), false));
        options.push(option);
        return option;
      });
      const node = element(
        "div",
        { class: "model-group", attributes: { role: "group", "aria-label": family } },
        element("div", {
          class: "model-family",
          text: family,
          attributes: { role: "presentation" },
        }),
        ...members.map((option) => option.node),
      );
      return { node, members };
    });
    list.replaceChildren(...groups.map(({ node }) => node));
  }

  function filter() {
    const kind = kind_inputs.find(({ checked }) => checked)?.value;
    const matchesKind = KINDS.find((candidate) => candidate.kind === kind)?.matches;
    const query = input.value;
    const kept = options.filter(
      ({ model, text }) => matchesKind?.(model) && matchesQuery(text, query),
    );
    for (const option of options) option.node.hidden = !kept.includes(option);
    const places = new Map(kept.map((option) => [option, irrelevance(option.model, query)]));
    const found = groups.map(({ node, members }) => ({
      node,
      members: members
        .filter((option) => places.has(option))
        .sort((one, other) => (places.get(one) ?? 0) - (places.get(other) ?? 0)),
    }));
    /** @param {{members: Option[]}} group */
    const best = ({ members: [first] }) => (first ? (places.get(first) ?? 0) : Infinity);
    // Where both are without a match their difference is not a number.
    found.sort((one, other) => best(one) - best(other) || 0);
    for (const { node, members } of found) {
      node.hidden = members.length === 0;
      node.append(...members.map((option) => option.node));
    }
    list.append(...found.map(({ node }) => node));
    visible = found.flatMap(({ members }) => members);
    const number = visible.length;
    count.textContent =
      number === 0 ? "No model matches. Try fewer letters." : `${number} of ${options.length}`;
    const opened_id = openedId();
    const opened = visible.findIndex(({ model }) => model.id === opened_id);
    list.scrollTop = 0;
    activate(input.value === "" ? Math.max(0, opened) : 0, true);
  }

  /** @param {number} place @param {boolean} scroll */
  function activate(place, scroll) {
    list.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
    active = place;
    const option = visible[active];
    if (!option) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    option.node.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", option.node.id);
    if (scroll) option.node.scrollIntoView({ block: active === 0 ? "center" : "nearest" });
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const last = visible.length - 1;
    if (event.key === "ArrowDown") activate(Math.min(last, active + 1), true);
    else if (event.key === "ArrowUp") activate(Math.max(0, active - 1), true);
    else if (event.key === "PageDown") activate(Math.min(last, active + 8), true);
    else if (event.key === "PageUp") activate(Math.max(0, active - 8), true);
    else if (event.key === "Enter" && visible[active]) choose(visible[active]);
    else return;
    event.preventDefault();
  }

  /** @param {Option} option */
  function choose({ model }) {
    dialog.close();
    onChoose(model);
  }

  function pickOwn() {
    dialog.close();
    onPickOwn();
  }

  function open() {
    build();
    entrance.hidden = !catalogue.takesNetworks();
    input.value = "";
    dialog.showModal();
    input.focus();
    filter();
    catalogue.ready().catch((error) => {
      count.textContent = error.message;
    });
  }

  const end = catalogue.subscribe(() => {
    entrance.hidden = !catalogue.takesNetworks();
    if (!dialog.open) return;
    build();
    filter();
  });

  return {
    open,
    destroy() {
      end();
      dialog.remove();
    },
  };
}

/**
 * @param {HTMLElement} parent of the button that opens the dialog
 * @param {import("../page_types.js").Context} context
 * @param {{pickFile: () => void}} own_dialog through which a network of one's own comes in
 * @returns {import("../page_types.js").View & {open: () => void}}
 */
export function createModelChooserView(parent, { catalogue, analysis, actions }, own_dialog) {
  const dialog = createChooserDialog({
    catalogue,
    opened: () => analysis.get().model?.id,
    onChoose: ({ id }) => actions.openModel(id),
    onPickOwn: () => own_dialog.pickFile(),
  });
  const page_title = document.title;
  const current_title = element("span", { class: "model-button-title", text: "Model" });
  const current_id = element("span", { class: "model-button-id" });
  const current_badges = [createRandomBadge(), createAssumedBadge()];
  const opener = element(
    "button",
    {
      class: "model-button",
      attributes: { type: "button", "aria-haspopup": "dialog", title: "Choose a model (/)" },
      on: { click: dialog.open },
    },
    element("span", { class: "visually-hidden", text: "Model: " }),
    current_title,
    ...current_badges.map(({ node }) => node),
    current_id,
  );
  parent.append(opener);

  function showCurrent() {
    const { model } = analysis.get();
    current_title.textContent = model?.title ?? "Model";
    for (const badge of current_badges) badge.show(model);
    current_id.textContent = model?.id ?? "";
    document.title = model ? `${model.title} · Convscope` : page_title;
  }
  const end = analysis.subscribe(showCurrent);

  return {
    open: dialog.open,
    destroy() {
      end();
      dialog.destroy();
      opener.remove();
    },
  };
}
