/** What is explained: a class, perhaps against another, or the selected unit. */

import { button, element } from "../../shared/element.js";
import { formatFixed } from "../../shared/format.js";
import { createRandomBadge } from "../../shared/random_badge.js";

/** Other classes that are one click away. */
const SUGGESTED = 3;

/**
 * @param {string} label
 * @param {(value: string) => void} onChange
 */
function select(label, onChange) {
  const node = element("select", { class: "select", attributes: { "aria-label": label } });
  node.addEventListener("change", () => onChange(node.value));
  return node;
}

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View}
 */
export function createWhyHead(parent, { state, analysis, attribution, network }) {
  parent.className = "why-head";
  const of_inputs = /** @type {const} */ (["class", "unit"]).map((why_of) =>
    element("input", {
      attributes: { type: "radio", name: "why-of", value: why_of },
      on: { change: () => state.change({ why_of }) },
    }),
  );
  const of = element(
    "div",
    { class: "switch", attributes: { role: "radiogroup", "aria-label": "What is explained" } },
    ...["class", "unit"].map((text, place) =>
      element("label", {}, of_inputs[place], element("span", { text })),
    ),
  );
  const classes = select("Class to explain", (value) =>
    state.change({ class_index: Number(value) }),
  );
  const rivals = select("Class to compare with", (value) =>
    state.change({ rival: value === "" ? null : Number(value) }),
  );
  const unit = element("span", { class: "figure" });
  const class_part = element("label", {}, element("span", { text: "Why" }), classes);
  const suggestions = Array.from({ length: SUGGESTED }, () => {
    const node = button("", () => choose(Number(node.dataset.index)), {
      class: "button button-small why-rival",
      attributes: { hidden: true },
    });
    return node;
  });
  const rival_part = element(
    "div",
    { class: "why-line why-rivals" },
    element("span", { text: "rather than" }),
    ...suggestions,
    element("label", {}, rivals),
  );
  const random = createRandomBadge();
  const said = element("p", { class: "quiet why-said", attributes: { role: "status" } });
  parent.append(
    element("div", { class: "why-line" }, of, class_part, unit, random.node),
    rival_part,
    said,
  );

  let filled = "";

  /** @param {HTMLSelectElement} node @param {string | null} nothing */
  function fill(node, nothing) {
    const { prediction } = analysis.get();
    const { detail } = network.get();
    if (!prediction || !detail) return;
    /** @param {number} index @param {string} text */
    const option = (index, text) => element("option", { text, attributes: { value: index } });
    const best = prediction.classes.map(({ index, label, logit }) =>
      option(index, `${label}  ${formatFixed(logit, 2)}`),
    );
    const listed = new Set(prediction.classes.map(({ index }) => index));
    const others = detail.labels.flatMap((label, index) =>
      listed.has(index) ? [] : [option(index, `${label}`)],
    );
    node.replaceChildren(
      ...(nothing === null ? [] : [element("option", { text: nothing, attributes: { value: "" } })]),
      element("optgroup", { attributes: { label: "highest scores" } }, ...best),
    );
    if (others.length > 0) {
      node.append(element("optgroup", { attributes: { label: "all others" } }, ...others));
    }
  }

  function update() {
    const { prediction } = analysis.get();
    const { detail } = network.get();
    const { target } = attribution.get();
    const { why_of, channel, lens } = state.get();
    if (lens !== "why") return;
    random.show(analysis.get().model);
    if (prediction && detail && prediction.model === detail.id) {
      const key = JSON.stringify([detail.id, prediction.classes]);
      if (key !== filled) {
        filled = key;
        fill(classes, null);
        fill(rivals, "nothing else");
      }
    }
    const has_scores = detail?.classes !== 0;
    of_inputs.forEach((input) => {
      input.checked = input.value === (has_scores ? why_of : "unit");
      input.disabled =
        input.value === "unit" ? channel === null && why_of !== "unit" : !has_scores;
    });
    of.title = channel === null ? "Select a unit in Maps to explain it instead of a class" : "";
    const is_unit = target !== null && target.class_index === null;
    class_part.hidden = is_unit;
    rival_part.hidden = is_unit;
    unit.hidden = !is_unit;
    unit.textContent = is_unit ? target.text : "";
    if (target && !is_unit) classes.value = String(target.class_index);
    const rival = target?.rival ?? null;
    rivals.value = rival === null ? "" : String(rival);
    suggest(target?.class_index ?? null, rival);
    said.textContent = sentence();
  }

  /** A second click takes it away again. @param {number} index */
  function choose(index) {
    state.change({ rival: attribution.get().target?.rival === index ? null : index });
  }

  /**
   * The classes that the network takes it for next: those one wonders about.
   *
   * @param {number | null} class_index
   * @param {number | null} rival
   */
  function suggest(class_index, rival) {
    const others = analysis.get().prediction?.classes.filter(({ index }) => index !== class_index);
    suggestions.forEach((node, place) => {
      const other = others?.[place];
      node.hidden = other === undefined || class_index === null;
      if (!other) return;
      node.dataset.index = String(other.index);
      if (node.textContent !== other.label) node.textContent = other.label;
      node.title = `What speaks against ${other.label}?`;
      node.setAttribute("aria-label", `rather than ${other.label}`);
      node.setAttribute("aria-pressed", String(other.index === rival));
    });
  }

  function sentence() {
    const { target, cards } = attribution.get();
    // What stands there until the new map is here belongs to the class before.
    const ready = cards.find(({ phase, answer }) => phase === "ready" && answer);
    const value = ready?.answer?.document.target_value;
    if (!target) return "";
    if (target.class_index === null) {
      if (value === 0) {
        return `It is 0 here: no gradient leads through a unit that is off.`;
      }
      return value === undefined || value === null ? "" : `Its value is ${formatFixed(value, 4)}.`;
    }
    if (state.get().why_of === "unit") {
      return "No unit is selected: select one in Maps. Until then this explains the class.";
    }
    const { rival } = target;
    if (rival === null) return `Red speaks for ${target.text}, blue against it.`;
    const above =
      value === undefined || value === null
        ? ""
        : ` Its logit is ${formatFixed(Math.abs(value), 3)} ${value < 0 ? "below" : "above"}.`;
    return `Red speaks for ${target.text}, blue the other way round.${above}`;
  }

  const ends = [state, analysis, network, attribution].map((source) => source.subscribe(update));
  update();
  return {
    destroy() {
      for (const end of ends) end();
    },
  };
}
