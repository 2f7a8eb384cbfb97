/** More of a unit's field: where it looks, exactly and by gradient, in numbers. */

import { setFacts } from "../../shared/children.js";
import { element, setText } from "../../shared/element.js";
import { sideText, sizeOf, widerText } from "../../shared/field_geometry.js";
import { formatFixed, formatInteger, formatPercent } from "../../shared/format.js";
import { term } from "../../shared/term.js";
import { NOISE_PICTURES } from "./unit_field.js";

/** @typedef {import("../../page_types.js").Show} Show */

/** @type {{show: Show, text: string, title: string}[]} */
const SHOWS = [
  { show: "theory", text: "theory", title: "The closed form, padding included" },
  { show: "support", text: "pixels read", title: "Which pixels of the box are read at all" },
  { show: "heat", text: "gradient", title: "How much each pixel changes the unit's value" },
  {
    show: "noise",
    text: "of noise",
    title: `The gradient averaged over ${NOISE_PICTURES} pictures of noise, not for this picture`,
  },
];

const HALF_OPEN = "From the first pixel up to the last, which is not in it; pixels of the input";

/** @param {import("../../types.js").Box | null} box */
const boxText = (box) =>
  box
    ? `rows ${box.top} to ${box.bottom}, columns ${box.left} to ${box.right}`.replaceAll(
        "-",
        "\u2212",
      )
    : "";

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View}
 */
export function createUnitFactsView(parent, { state, analysis, network, unit_field, api }) {
  const field_line = element("p", { class: "unit-field" });
  const reason = element("p", { class: "quiet unit-reason" });
  const facts = element("dl", { class: "unit-facts" });
  const boxes = SHOWS.map(({ show, text, title: hint }) => {
    const input = element("input", {
      attributes: { type: "checkbox", value: show },
      on: { change: () => toggle(show) },
    });
    return { show, input, label: element("label", { attributes: { title: hint } }, input, text) };
  });
  const saves = element("span", { class: "save" });
  const tools = element(
    "div",
    { class: "unit-shows" },
    ...boxes.map(({ label }) => label),
    saves,
  );
  parent.append(field_line, reason, facts, tools);

  /** @param {Show} show */
  function toggle(show) {
    const { shows } = state.get();
    const next = shows.includes(show) ? shows.filter((each) => each !== show) : [...shows, show];
    state.change({ shows: next }, { replace: true });
  }

  /** @param {import("../../types.js").ReceptiveField} field @returns {(Node | string)[]} */
  function fieldTerms({ size, stride, padding, aligned, extent, of, status }) {
    if (!size || !stride || !padding) {
      return [extent === "global" ? "sees the whole input" : "the field is not known"];
    }
    const parts = [
      term("receptive-field", "field"),
      `${status === "bound" ? " of at most" : ""} ${sideText(size)} px · `,
      term("stride", "stride"),
      ` ${sideText(stride)} · `,
      term("padding", "padding"),
      ` ${sideText(padding)}`.replace("-", "\u2212"),
    ];
    if (aligned === false) parts.push(" · branches not aligned");
    if (of === "trunk") parts.push(" · of the trunk");
    return parts;
  }

  /** @param {string | Node} name @param {string} text @param {string} [hint] */
  const fact = (name, text, hint = "") =>
    element(
      "div",
      { attributes: hint ? { title: hint } : {} },
      element("dt", {}, name),
      element("dd", { text }),
    );

  /** @param {import("../../types.js").UnitField} answer */
  function exactFacts({ input_box, touched_fraction, is_bound, theoretical_input_box, ...more }) {
    const found = [];
    if (theoretical_input_box) found.push(fact("in theory", boxText(theoretical_input_box), HALF_OPEN));
    const shown = more.trunk ?? { input_box, touched_fraction };
    const share = shown.touched_fraction ?? 1;
    found.push(
      shown.input_box
        ? fact(is_bound ? "reads at most" : "really reads", boxText(shown.input_box))
        : fact("really reads", "nothing: only padding"),
    );
    if (share < 1 && shown.input_box) {
      found.push(fact("of that box", `${formatPercent(share)} of the pixels`));
    }
    return [...found, ...branchFacts(more)];
  }

  /** @param {Pick<import("../../types.js").UnitField, "branches" | "join">} answer */
  function branchFacts({ branches, join }) {
    const block = join?.replace(/[^.]*$/, "") ?? "";
    const all = branches ?? [];
    const alive = all.filter(({ input_box }) => input_box !== null);
    return alive.map(({ input, input_box: box }) => {
      const name = input.startsWith(block) ? input.slice(block.length) : input;
      const only = alive.length === 1 && all.length > 1;
      const text = `${sizeOf(/** @type {import("../../types.js").Box} */ (box))} px`;
      return fact(only ? "comes from" : `by ${name}`, only ? `${name} alone, ${text}` : text, `${input}: ${boxText(box)}`);
    });
  }

  /** @param {import("../../shared/maps.js").Heat} heat */
  function heatFacts({ header }) {
    if (header.is_dead) return [fact(term("gradient", "gradient"), "none: no pixel changes this unit (it is off)")];
    const { mass_pixels, mass, mass_share, theoretical_share, sigma, pictures } = header;
    const shares = [];
    if (mass_share !== null) shares.push(`${formatPercent(mass_share)} of what it reads`);
    if (theoretical_share !== null) shares.push(`${formatPercent(theoretical_share)} of the theory`);
    const share = shares.map((text) => `, ${text}`).join("");
    const source = pictures > 0 ? ` (over ${pictures} pictures of noise)` : "";
    return [
      fact(
        term("effective-field", `${Math.round(mass * 100)} % of gradient`),
        `in ${formatInteger(mass_pixels)} px${share}${source}`,
      ),
      fact("its sigma", `${formatFixed(sigma.height, 2)} × ${formatFixed(sigma.width, 2)} px`),
    ];
  }

  /** @param {import("../../address/selected_unit.js").Unit} unit */
  function showSaves({ channel, row, column }) {
    const layer = network.selected();
    const { detail } = network.get();
    const { heat } = unit_field.get();
    if (!layer || !detail || !heat) {
      saves.replaceChildren();
      return;
    }
    const { image, pictures } = heat.header;
    const place = layer.output_shape.length < 3 ? {} : { row, column };
    const source = pictures > 0 ? { pictures } : { image };
    const query = { model: detail.id, layer: layer.id, channel, ...place, ...source };
    setFacts(saves, [
      element("a", {
        text: "gradient.npy",
        attributes: {
          href: api.effectiveFieldUrl({ ...query, format: "npy" }),
          download: `${detail.id}.${layer.id}.${channel}.gradient.npy`,
        },
      }),
    ]);
  }

  /** @param {boolean} is_stopped */
  function gradientWords(is_stopped) {
    if (analysis.get().phase !== "ready") return "needs scores first";
    return is_stopped ? "stopped" : "…";
  }

  /** Written anew only where it is another: a term of it may be open. */
  let shown_field = /** @type {import("../../types.js").ReceptiveField | null} */ (null);
  function update() {
    const { selected, answer, heat, problem, is_stopped } = unit_field.get();
    const layer = network.selected();
    if (!selected || !layer) return;
    if (layer.receptive_field !== shown_field) {
      shown_field = layer.receptive_field;
      field_line.replaceChildren(...fieldTerms(shown_field));
    }
    const input_size = network.get().detail?.input_size;
    const wider = input_size ? widerText(layer.receptive_field.size, input_size) : "";
    const reasons = [layer.receptive_field.reason, wider && `The field is ${wider}.`];
    setText(reason, reasons.filter(Boolean).join(" "));
    const rows = [...(answer ? exactFacts(answer) : []), ...(heat ? heatFacts(heat) : [])];
    if (!heat && state.get().shows.includes("heat") && answer && !problem) {
      rows.push(fact("gradient", gradientWords(is_stopped)));
    }
    setFacts(facts, rows);
    for (const { show, input } of boxes) {
      input.checked = state.get().shows.includes(show);
      input.disabled = show === "noise" && !state.get().shows.includes("heat");
    }
    showSaves(selected);
  }
  const ends = [unit_field, state, network, analysis].map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      parent.replaceChildren();
    },
  };
}
