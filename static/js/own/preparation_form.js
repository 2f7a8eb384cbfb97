/** How pictures are made into the network's input, marked as assumed until its owner says so. */

import { button, element, setText } from "../shared/element.js";
import { isSamePreparation, numbersIn, resizeFor, whose } from "./preparation.js";

/** @typedef {import("./preparation.js").Preparation} Preparation */
/** @typedef {"nobody" | "bundle" | "owner"} SaidBy */

const MOST_SIDE_PX = 4096;
const KINDS = { photograph: "photographs", digit: "handwritten digits, as in MNIST" };
const WAYS = { crop: "shorter side to", stretch: "stretched to the input" };
const INTERPOLATIONS = { bilinear: "bilinear", bicubic: "bicubic" };
const ORDERS = { rgb: "red, green, blue", bgr: "blue, green, red" };
/** Of grey pictures, when digits become photographs: the means of ImageNet's three channels. */
const GREY = { mean: [0.449], std: [0.226] };

/**
 * @param {string} name
 * @param {Record<string, string>} choices
 * @param {() => void} onChange
 */
function select(name, choices, onChange) {
  return element(
    "select",
    { class: "select", attributes: { "aria-label": name }, on: { change: onChange } },
    ...Object.entries(choices).map(([value, text]) => element("option", { text, attributes: { value } })),
  );
}

/** @param {string} name @param {number} most @param {() => void} onChange */
function wholeNumber(name, most, onChange) {
  return element("input", {
    class: "number-field",
    attributes: { type: "number", min: 1, max: most, step: 1, "aria-label": name },
    on: { input: onChange },
  });
}

/** @param {string} name @param {() => void} onChange */
function numbersField(name, onChange) {
  return element("input", {
    class: "own-numbers",
    attributes: { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": name },
    on: { input: onChange },
  });
}

/** @param {string} text @param {(Node | string)[]} content */
const row = (text, ...content) =>
  element(
    "div",
    { class: "own-row" },
    element("span", { class: "own-row-name", text }),
    element("span", { class: "own-row-content" }, ...content),
  );

/** @param {() => void} onChange  after every change by the person */
export function createPreparationForm(onChange) {
  /** What is assumed, and for which input. */
  let usual = { preparation: /** @type {Preparation | null} */ (null), shape: [3, 224, 224] };
  /** Who said so: nobody, a bundle that may itself have assumed it, the owner. */
  let said_by = /** @type {SaidBy} */ ("nobody");
  let is_confirmed = false;
  let is_resize_typed = false;

  const badge = element("span", { class: "badge", attributes: { tabindex: -1 } });
  const confirm = button(
    "Confirm",
    () => {
      is_confirmed = true;
      changed();
      badge.focus(); // the button is gone
    },
    { class: "button button-small", title: "These are the numbers that it was trained with" },
  );
  const height = wholeNumber("Input height, px", MOST_SIDE_PX, resized);
  const width = wholeNumber("Input width, px", MOST_SIDE_PX, resized);
  const kind = select("Kind of picture", KINDS, () => {
    const is_digit = kind.value === "digit";
    // Those of digits are of no use for photographs, and the other way round.
    if (usual.preparation?.kind === "digit") fillNumbers(is_digit ? usual.preparation : GREY);
    changed();
  });
  const way = select("How the picture is sized", WAYS, changed);
  const resize = wholeNumber("Shorter side, px", 2 * MOST_SIDE_PX, () => {
    is_resize_typed = true;
    changed();
  });
  const interpolation = select("Interpolation", INTERPOLATIONS, changed);
  const mean = numbersField("Mean of each channel", changed);
  const std = numbersField("Standard deviation of each channel", changed);
  const order = select("Channel order", ORDERS, changed);
  const wrong = element("p", { class: "is-wrong", attributes: { role: "alert", hidden: true } });
  const size_row = row("input", height, "×", width, "px");
  const kind_row = row("pictures", kind);
  const px = element("span", { text: "px, the middle kept" });
  const way_row = row("sized", way, resize, px);
  const interpolation_row = row("resampled", interpolation);
  const mean_row = row("less the mean", mean);
  const std_row = row("divided by σ", std);
  const order_row = row("channels", order);
  const node = element(
    "fieldset",
    { class: "own-part" },
    element("legend", { text: "Preparation" }),
    element(
      "div",
      { class: "own-line" },
      badge,
      confirm,
      element("span", {
        class: "quiet",
        text: "How its training prepared pictures decides what its scores are worth.",
      }),
    ),
    element(
      "div",
      { class: "own-rows" },
      ...[size_row, kind_row, way_row, interpolation_row, mean_row, std_row, order_row],
    ),
    wrong,
  );

  const channels = () => usual.shape[0];

  function shape() {
    return [channels(), height.valueAsNumber, width.valueAsNumber];
  }

  /** Another input: as much of the picture is kept, unless its size was said. */
  function resized() {
    const side = usual.preparation?.resize;
    const fits = shape().every((length) => length >= 1);
    if (!is_resize_typed && fits && side) {
      resize.value = String(resizeFor(side, usual.shape, shape()));
    }
    changed();
  }

  /** @param {{mean: number[], std: number[]}} numbers */
  function fillNumbers(numbers) {
    mean.value = numbers.mean.join(", ");
    std.value = numbers.std.join(", ");
  }

  /** @returns {Preparation | null} null while a number is none */
  function preparation() {
    const numbers = { mean: numbersIn(mean.value), std: numbersIn(std.value) };
    if (!numbers.mean || !numbers.std) return null;
    const told = { mean: numbers.mean, std: numbers.std };
    if (kind.value === "digit") return { kind: "digit", ...told };
    return {
      kind: "photograph",
      resize: way.value === "stretch" ? null : resize.valueAsNumber,
      interpolation: interpolation.value,
      ...told,
      channel_order: order.value,
    };
  }

  /** What would be assumed of the input as it is now. */
  function assumed() {
    const { preparation: told, shape: from } = usual;
    if (told?.kind !== "photograph") return told;
    return { ...told, resize: resizeFor(told.resize ?? null, from, shape()) };
  }

  function isChanged() {
    const now = preparation();
    const before = assumed();
    return now === null || before === null || !isSamePreparation(now, before);
  }

  function problem() {
    const now = preparation();
    const sides = shape().slice(1);
    if (!sides.every((side) => Number.isInteger(side) && side >= 1 && side <= MOST_SIDE_PX)) {
      return `The input’s sides are whole numbers of pixels, from 1 to ${MOST_SIDE_PX}.`;
    }
    if (!now) return "Mean and σ are numbers with a comma between them, such as 0.485, 0.456, 0.406.";
    if (now.mean.length !== channels() || now.std.length !== channels()) {
      return `Mean and σ have a number for each channel of the input: ${channels()}.`;
    }
    if (now.std.some((value) => value <= 0)) return "σ is more than 0 in each channel.";
    if (now.kind === "digit" && sides[0] !== sides[1]) return "The input of a digit is a square.";
    const side = now.resize;
    if (side !== null && side !== undefined && !(Number.isInteger(side) && side >= 1)) {
      return "The shorter side is a whole number of pixels.";
    }
    return "";
  }

  function show() {
    const is_digit = kind.value === "digit";
    kind_row.hidden = channels() !== 1;
    way_row.hidden = is_digit;
    interpolation_row.hidden = is_digit;
    order_row.hidden = is_digit || channels() !== 3;
    resize.hidden = way.value === "stretch";
    px.hidden = resize.hidden;
    const words = problem();
    setText(wrong, words);
    wrong.hidden = words === "";
    const is_changed = isChanged();
    const by = is_changed || is_confirmed ? "owner" : said_by;
    badge.className = `badge ${{ nobody: "badge-assumed", bundle: "", owner: "badge-confirmed" }[by]}`;
    const told = usual.preparation;
    badge.textContent = {
      nobody: `assumed: ${told ? whose(told) : ""}`,
      bundle: "as the bundle says",
      owner: is_changed ? "as you say" : "confirmed",
    }[by];
    confirm.hidden = by === "owner";
  }

  function changed() {
    show();
    onChange();
  }

  return {
    node,

    /**
     * @param {Preparation} told
     * @param {number[]} input_shape
     * @param {{said_by: SaidBy, has_fixed_input: boolean}} more
     */
    fill(told, input_shape, { said_by: by, has_fixed_input }) {
      usual = { preparation: told, shape: input_shape };
      said_by = by;
      is_confirmed = false;
      is_resize_typed = false;
      height.value = String(input_shape[1]);
      width.value = String(input_shape[2]);
      for (const side of [height, width]) side.disabled = has_fixed_input;
      kind.value = told.kind;
      way.value = told.kind === "photograph" && told.resize === null ? "stretch" : "crop";
      const usual_side = Math.round(Math.min(input_shape[1], input_shape[2]) / 0.875);
      resize.value = String(told.resize ?? usual_side);
      interpolation.value = told.interpolation ?? "bilinear";
      order.value = told.channel_order ?? "rgb";
      fillNumbers(told);
      show();
    },

    /** What is wrong with it, in words; empty where nothing is. */
    problem,

    /** @returns {number[] | null} null: the usual one */
    inputShape: () => (String(shape()) === String(usual.shape) ? null : shape()),

    /**
     * What the server is told: nothing while it is only assumed, nothing new where it is confirmed.
     *
     * @returns {Preparation | null}
     */
    told: () => (isChanged() || is_confirmed ? preparation() : null),
  };
}
