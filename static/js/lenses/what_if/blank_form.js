/** Covers a box of what the network sees: the one that the unit in hand reads, or any other. */

import { MOST_INTERVENTIONS } from "../../address/interventions.js";
import { button, element } from "../../shared/element.js";
import { suggest } from "../../shared/suggestion.js";

/** @typedef {import("../../types.js").Box} Box */

/** @type {(keyof Box)[]} */
const SIDES = ["top", "left", "bottom", "right"];

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View}
 */
export function createBlankFormView(parent, { state, network, unit_field }) {
  const small = { class: "button button-small" };
  const reads = button("Blank what this unit reads", () => blank(read()), small);
  const which = element("span", { class: "quiet" });
  const fields = SIDES.map((side) =>
    element("input", {
      class: "number-field",
      attributes: { type: "number", min: 0, step: 1, "aria-label": side },
      on: { input: update },
    }),
  );
  const add = button("Blank the box", () => blank(typed()), small);
  const hint = element("p", { class: "quiet" });
  parent.append(
    element("div", { class: "what-if-row" }, reads, which),
    element(
      "details",
      { class: "what-if-kernel" },
      element("summary", { class: "quiet-summary", text: "Blank a box of the input" }),
      element(
        "div",
        { class: "what-if-row" },
        ...SIDES.map((side, place) => element("label", { class: "field" }, side, fields[place])),
        add,
      ),
      hint,
    ),
  );
  let filled_for = "";

  /** @returns {Box | null} what the selected unit really reads */
  const read = () => unit_field.get().answer?.input_box ?? null;

  /** @returns {Box | null} null where it is no box in the input */
  function typed() {
    const size = network.get().detail?.input_size;
    const [top, left, bottom, right] = fields.map((field) => field.valueAsNumber);
    const is_whole = [top, left, bottom, right].every(Number.isInteger);
    const is_inside =
      size && top >= 0 && left >= 0 && bottom <= size.height && right <= size.width;
    return is_whole && is_inside && top < bottom && left < right
      ? { top, left, bottom, right }
      : null;
  }

  /** @param {Box | null} box */
  function blank(box) {
    if (!box) return;
    const { interventions } = state.get();
    const { top, left, bottom, right } = box;
    state.change({
      interventions: [...interventions, { kind: "blank", top, left, bottom, right }],
    });
  }

  /** The middle of the input, until somebody types. @param {import("../../types.js").Size} size */
  function fill({ height, width }) {
    const middle = [height / 4, width / 4, (height * 3) / 4, (width * 3) / 4];
    fields.forEach((field, place) => {
      field.max = String(place % 2 ? width : height);
      suggest(field, Math.round(middle[place]));
    });
  }

  function update() {
    const { detail } = network.get();
    parent.hidden = !detail;
    if (!detail) return;
    const { height, width } = detail.input_size;
    const size = `${height} × ${width}`;
    if (size !== filled_for) fill(detail.input_size);
    filled_for = size;
    hint.textContent =
      `In pixels of the ${size} that the network sees, which become the mean it subtracts. ` +
      "Row bottom and column right are the first outside.";
    const box = read();
    const { selected, answer } = unit_field.get();
    if (box) which.textContent = `rows ${box.top} to ${box.bottom}, columns ${box.left} to ${box.right}`;
    else if (!selected) which.textContent = "Select a unit on a map.";
    else which.textContent = answer ? "It reads nothing of the picture." : "";
    const is_full = state.get().interventions.length >= MOST_INTERVENTIONS;
    reads.disabled = is_full || !box;
    add.disabled = is_full || !typed();
  }

  const ends = [state, network, unit_field].map((source) => source.subscribe(update));
  update();
  return {
    destroy() {
      for (const end of ends) end();
      parent.replaceChildren();
    },
  };
}
