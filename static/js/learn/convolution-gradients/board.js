/** The small convolution in full: choose anything in it, and see what it has to do with. */

import { largestMagnitude } from "../../lenses/arithmetic/values.js";
import { byId, element, setText } from "../../shared/element.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createFormula } from "../parts/formula.js";
import { createNumberField } from "../../shared/number_field.js";
import { createStepper } from "../../shared/stepper.js";
import { address } from "./address.js";
import { createChannelGrids } from "./channel_grids.js";
import { createDotProduct } from "./dot_product.js";
import {
  KERNEL_PX,
  PICTURE_PX,
  channelsOf,
  fanOut,
  indexOf,
  outputSize,
  placeAt,
  sizeOf,
  usesOf,
  within,
} from "./geometry.js";
import { flat, isTried, settingsOf, triedOf, unknown } from "./lesson.js";
import { createTerms } from "./terms.js";
import { createThreads, threadsOf } from "./threads.js";
import { createTrial } from "./trial.js";
import { counted, placeText, story } from "./words.js";

/** @typedef {import("./address.js").Kind} Kind */

const STEPS_PER_SECOND = 1.6;
const DENSE_COLUMNS = 7;
const CELLS = /** @type {const} */ ([
  { name: "x", kind: "pixel", caption: "picture x", what: "pixel" },
  { name: "w", kind: "weight", caption: "kernel w", what: "weight" },
  { name: "y", kind: "output", caption: "output y", what: "output" },
  { name: "dx", kind: "pixel", caption: "dL/dx", what: "dL/dx of the pixel" },
  { name: "dw", kind: "weight", caption: "dL/dw", what: "dL/dw of the weight" },
  { name: "dy", kind: "output", caption: "dL/dy, given", what: "dL/dy of the output" },
]);

/** @param {ReturnType<typeof import("./lesson.js").createLesson>} lesson */
export function createBoard(lesson) {
  const board = byId("board");
  /** @param {HTMLElement} parent @param {{name: string, kind: Kind, caption: string, what: string}} one */
  const gridOf = (parent, { name, kind, caption, what }) =>
    createChannelGrids(parent, {
      ...{ name, caption },
      label(index) {
        const shown = address.get();
        return `${what} at ${placeText(placeAt(index, sizeOf(kind, shown)), channelsOf(kind, shown))}`;
      },
      onChoose: (index) => choose(kind, index),
    });
  const [x, w, y, dx, dw, dy] = CELLS.map((one) => gridOf(board, one));
  // The same in each channel: a cell of it is a pixel of the channel that is looked at.
  const fan = createChannelGrids(byId("fan"), {
    ...{ name: "fan-out", caption: "how often each pixel is used" },
    label: (index) => `uses of the pixel at ${placeText(placeAt(index, PICTURE_PX))}`,
    onChoose(index) {
      const { pick, ...shown } = address.get();
      const { channel } = within({ ...pick, kind: "pixel" }, shown);
      choose("pixel", channel * PICTURE_PX ** 2 + index);
    },
  });
  const signs = [
    ["sign-times", "∗"],
    ["sign-equals", "="],
    ["row-forward", "Forward"],
    ["row-back", "The way back"],
  ].map(([name, text]) =>
    element("span", { class: `board-sign ${name}`, text, attributes: { "aria-hidden": "true" } }),
  );
  const [, , , row_back] = signs;
  board.append(...signs);

  const threads = createThreads(board);
  const terms = createTerms(byId("terms"));
  const dot = createDotProduct();
  const trial = createTrial(lesson);
  const fan_formula = createFormula("convolution-gradients.fan");

  const fields = /** @type {const} */ ([
    ["stride", 1, 3],
    ["padding", 0, 2],
    ["dilation", 1, 2],
  ]).map(([name, low, high]) => {
    const field = createNumberField({
      ...{ label: name, low, high, step: 1, value: address.get()[name] },
      onChange: (value) => address.change({ [name]: value, plus: 0 }),
    });
    byId("board-tools").append(field.node);
    return { name, field };
  });
  const channels = createChosenOne({
    label: "the picture has",
    choices: [
      { value: "1", text: "one channel" },
      { value: "2", text: "two channels" },
    ],
    value: String(address.get().channels),
    onChange: (value) => address.change({ channels: Number(value), plus: 0 }, { step: true }),
  });
  const numbers = createChosenOne({
    label: "w and dL/dy are",
    choices: [
      { value: "some", text: "some kernel, some loss" },
      { value: "ones", text: "ones" },
    ],
    value: address.get().numbers,
    onChange: (value) => address.change({ numbers: value, plus: 0 }, { step: true }),
  });
  byId("board-tools").append(channels.node, numbers.node);

  const stepper = createStepper(byId("board-stepper"), {
    label: "What comes back, one output after the other",
    last: 1,
    per_second: STEPS_PER_SECOND,
    describe: (step) => describe(step),
    onShow: show,
  });
  // The board has one line that is read out.
  stepper.node.querySelector(".stepper-where")?.setAttribute("aria-live", "off");
  let stepped = "";

  /** @param {Kind} kind @param {number} index */
  function choose(kind, index) {
    address.change({ pick: { kind, ...placeAt(index, sizeOf(kind, address.get())) }, plus: 0 });
  }

  /** @param {number} step */
  function describe(step) {
    const shown = address.get();
    const pick = within(shown.pick, shown);
    const size = outputSize(shown);
    if (pick.kind === "output") return `output ${step + 1} of ${size * size}`;
    return `${step} of ${counted(usesOf(pick, shown).length, "share")} back`;
  }

  /** @param {number} step  The stepper is at another one. */
  function show(step) {
    const shown = address.get();
    const pick = within(shown.pick, shown);
    if (pick.kind !== "output") draw();
    else if (stepped !== "") choose("output", step);
  }

  /** The stepper follows what was chosen; what it plays itself is chosen already. */
  function follow() {
    const shown = address.get();
    const pick = within(shown.pick, shown);
    const size = outputSize(shown);
    const of_all = pick.kind === "output";
    const key = [settingsOf(shown), pick.kind, ...(of_all ? [] : [pick.channel, pick.row, pick.column])].join();
    const last = of_all ? size * size - 1 : usesOf(pick, shown).length;
    const at = of_all ? pick.row * size + pick.column : last;
    if (key === stepped && (!of_all || stepper.get() === at)) return;
    stepped = ""; // what the stepper shows on its way there is not chosen
    stepper.setLast(last);
    stepper.go(at);
    stepped = key;
  }

  function draw() {
    const shown = address.get();
    const pick = within(shown.pick, shown);
    const size = outputSize(shown);
    const { picture, kernel, gradient } = triedOf(shown);
    const answer = lesson.convolution(shown);
    const forward = isTried(shown) ? lesson.tried(shown) : answer;
    const told = lesson.chosen(shown);
    const uses = usesOf(pick, shown);
    const step = pick.kind === "output" ? uses.length : Math.min(stepper.get(), uses.length);
    const done = uses.slice(0, step);
    const now = pick.kind === "output" ? null : (done.at(-1) ?? null);
    const so_far = step === 0 ? 0 : (told?.uses[step - 1]?.so_far ?? NaN);

    const chosen = indexOf(pick, sizeOf(pick.kind, shown));
    /** @param {Kind} kind @param {number} width */
    const marks = (kind, width) => {
      /** @param {import("./geometry.js").Place | null} place */
      const at = (place) => (place ? [indexOf(place, width)] : []);
      const is_own = pick.kind === kind;
      return {
        columns: width,
        lit: new Set(is_own ? [chosen] : done.flatMap((use) => at(use[kind]))),
        now: now && !is_own ? (at(now[kind])[0] ?? null) : null,
        chosen: is_own ? chosen : null,
      };
    };
    const of_pixels = { ...marks("pixel", PICTURE_PX), border: shown.padding };
    const of_weights = marks("weight", KERNEL_PX);
    const of_outputs = marks("output", size);
    const none = { lit: new Set(), now: null };

    x.show({ values: flat(picture), ...of_pixels });
    w.show({ values: flat(kernel), ...of_weights });
    y.show({ values: forward ? flat(forward.output) : unknown(size * size), ...of_outputs });
    dy.show({ values: flat(gradient), ...of_outputs });

    const by_x = answer ? flat(answer.input_gradient) : unknown(shown.channels * PICTURE_PX ** 2);
    const by_w = answer ? flat(answer.weight_gradient[0]) : unknown(shown.channels * KERNEL_PX ** 2);
    const largest_x = largestMagnitude(by_x);
    const largest_w = largestMagnitude(by_w);
    if (pick.kind === "pixel") by_x[chosen] = so_far;
    if (pick.kind === "weight") by_w[chosen] = so_far;
    const partly = told?.up_to;
    const is_partial = pick.kind === "output" && partly;
    const so_far_of = soFar(pick, size, step < uses.length);
    board.classList.toggle("is-partial", `${so_far_of.pixel}${so_far_of.weight}` !== "");
    dx.caption(`dL/dx${so_far_of.pixel}`);
    dw.caption(`dL/dw${so_far_of.weight}`);
    dx.show({
      values: is_partial ? flat(partly.input_gradient) : by_x,
      ...{ ...of_pixels, padding: "" },
      ...(pick.kind === "weight" ? none : {}),
      largest: largest_x,
    });
    dw.show({
      values: is_partial ? flat(partly.weight_gradient[0]) : by_w,
      ...of_weights,
      ...(pick.kind === "pixel" ? none : {}),
      largest: largest_w,
    });
    const counts = fanOut(shown);
    const everything = new Set(counts.keys());
    const in_channel = pick.kind === "pixel" ? chosen % counts.length : null;
    fan.show({ values: counts, columns: PICTURE_PX, lit: everything, chosen: in_channel });
    fan.caption(`how often each pixel is used${shown.channels > 1 ? ", in each channel" : ""}`);

    const widths = [PICTURE_PX + 2 * shown.padding, KERNEL_PX, size];
    board.style.gridTemplateColumns = widths.map((count) => `minmax(0, ${count}fr)`).join(" auto ");
    board.classList.toggle("is-dense", Math.max(...widths) >= DENSE_COLUMNS);
    board.classList.toggle("is-deep", shown.channels > 1);
    threads.show(threadsOf({ x, w, y, dx, dw, dy }, { kind: pick.kind, done, now, size }));
    dot.show(pick.kind, told);
    terms.show(pick.kind, told, uses, step);
    const words = story(pick, uses, channelsOf(pick.kind, shown));
    setText(byId("board-story"), words);
    const tried = trial.draw();
    const is_under_way = pick.kind !== "output" && step < uses.length;
    setText(byId("board-said"), tried || (is_under_way ? describe(step) : words));
    setText(row_back, isTried(shown) ? "The way back, before the +1" : "The way back");
    const downs = new Set(uses.map((use) => (pick.kind === "output" ? use.weight : use.output).row));
    const down = downs.size;
    fan_formula.fill({ down, across: down === 0 ? 0 : uses.length / down, times: uses.length });
    setText(byId("fan-words"), fanWords(pick.kind, shown.channels));
    byId("ones-words").hidden = shown.numbers !== "ones";
    for (const { name, field } of fields) field.show(shown[name]);
    channels.show(String(shown.channels));
    numbers.show(shown.numbers);
  }

  function update() {
    lesson.ask(address.get());
    follow();
    draw();
  }
  address.subscribe(update);
  update();
  return { draw };
}

/**
 * What the captions say of sums that are not complete.
 *
 * @param {import("./address.js").Pick} pick
 * @param {number} size of the output
 * @param {boolean} is_stepped  Some shares of what is chosen are not back yet.
 */
function soFar({ kind, row, column }, size, is_stepped) {
  const is_last = row === size - 1 && column === size - 1;
  const of_outputs = kind === "output" && !is_last ? " so far" : "";
  /** @param {Kind} own */
  const of = (own) => (kind === own && is_stepped ? ", the chosen one so far" : of_outputs);
  return { pixel: of("pixel"), weight: of("weight") };
}

/** @param {Kind} kind @param {number} channels */
const fanWords = (kind, channels) =>
  ({
    pixel: "Windows down × windows across that the chosen pixel lies in:",
    weight: "Places down × places across at which the chosen weight is used:",
    output: `Rows × columns${channels > 1 ? ", of both channels," : ""} that the chosen output reads:`,
  })[kind];
