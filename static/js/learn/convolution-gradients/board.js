/** The small convolution in full: choose anything in it, and see what it has to do with. */

import { largestMagnitude } from "../../lenses/arithmetic/values.js";
import { byId, element, setText } from "../../shared/element.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createFormula } from "../parts/formula.js";
import { createNumberField } from "../parts/number_field.js";
import { createStepper } from "../parts/stepper.js";
import { address } from "./address.js";
import { createCellGrid } from "./cell_grid.js";
import { KERNEL_PX, PICTURE_PX, outputSize, placesOf, sizeOf, usesOf, within } from "./geometry.js";
import { flat, numbersOf, settingsOf, unknown } from "./lesson.js";
import { createTerms } from "./terms.js";
import { createThreads } from "./threads.js";
import { counted, placeText, story } from "./words.js";

/** @typedef {import("./address.js").Kind} Kind */

const STEPS_PER_SECOND = 1.6;
// More would hide the numbers beneath them.
const MOST_THREADS = 12;
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
    createCellGrid(parent, {
      ...{ name, caption },
      label: (index) => `${what} at ${placeText(placesOf(sizeOf(kind, address.get()))[index])}`,
      onChoose: (index) => choose(kind, index),
    });
  const [x, w, y, dx, dw, dy] = CELLS.map((one) => gridOf(board, one));
  const fan = gridOf(byId("fan"), {
    ...{ name: "fan-out", kind: "pixel", caption: "how often each pixel is used" },
    what: "uses of the pixel",
  });
  const threads = createThreads(board);
  const terms = createTerms(byId("terms"));
  const fan_formula = createFormula("convolution-gradients.fan");

  const fields = /** @type {const} */ ([
    ["stride", 1, 3],
    ["padding", 0, 2],
    ["dilation", 1, 2],
  ]).map(([name, low, high]) => {
    const field = createNumberField({
      ...{ label: name, low, high, step: 1, value: address.get()[name] },
      onChange: (value) => address.change({ [name]: value }),
    });
    byId("board-tools").append(field.node);
    return { name, field };
  });
  const numbers = createChosenOne({
    label: "w and dL/dy are",
    choices: [
      { value: "some", text: "an emboss kernel, some loss" },
      { value: "ones", text: "ones" },
    ],
    value: address.get().numbers,
    onChange: (value) => address.change({ numbers: value }, { step: true }),
  });
  byId("board-tools").append(numbers.node);

  const stepper = createStepper(byId("board-stepper"), {
    label: "What comes back, one output after the other",
    last: 1,
    per_second: STEPS_PER_SECOND,
    describe: (step) => describe(step),
    onShow: show,
  });
  let stepped = "";

  /** @param {Kind} kind @param {number} index */
  function choose(kind, index) {
    const { row, column } = placesOf(sizeOf(kind, address.get()))[index];
    address.change({ pick: { kind, row, column } });
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
    const key = [settingsOf(shown), pick.kind, ...(of_all ? [] : [pick.row, pick.column])].join();
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
    const { picture, kernel, gradient } = numbersOf(shown);
    const answer = lesson.convolution(shown);
    const told = lesson.chosen(shown);
    const uses = usesOf(pick, shown);
    const step = pick.kind === "output" ? uses.length : Math.min(stepper.get(), uses.length);
    const done = uses.slice(0, step);
    const now = pick.kind === "output" ? null : (done.at(-1) ?? null);
    const so_far = step === 0 ? 0 : (told?.uses[step - 1]?.so_far ?? NaN);

    const chosen = pick.row * sizeOf(pick.kind, shown) + pick.column;
    /** @param {Kind} kind @param {number} width */
    const marks = (kind, width) => {
      /** @param {import("./geometry.js").Place | null} place */
      const at = (place) => (place ? [place.row * width + place.column] : []);
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
    y.show({ values: answer ? flat(answer.output[0]) : unknown(size * size), ...of_outputs });
    dy.show({ values: flat(gradient), ...of_outputs });

    const by_x = answer ? flat(answer.input_gradient[0]) : unknown(PICTURE_PX ** 2);
    const by_w = answer ? flat(answer.weight_gradient[0][0]) : unknown(KERNEL_PX ** 2);
    const largest_x = largestMagnitude(by_x);
    const largest_w = largestMagnitude(by_w);
    if (pick.kind === "pixel") by_x[chosen] = so_far;
    if (pick.kind === "weight") by_w[chosen] = so_far;
    const partly = told?.up_to;
    const is_partial = pick.kind === "output" && partly;
    dx.show({
      values: is_partial ? flat(partly.input_gradient[0]) : by_x,
      ...of_pixels,
      ...(pick.kind === "weight" ? none : {}),
      largest: largest_x,
    });
    dw.show({
      values: is_partial ? flat(partly.weight_gradient[0][0]) : by_w,
      ...of_weights,
      ...(pick.kind === "pixel" ? none : {}),
      largest: largest_w,
    });
    const counts = answer ? flat(answer.fan_out[0]) : unknown(PICTURE_PX ** 2);
    const everything = new Set(counts.keys());
    fan.show({ values: counts, ...of_pixels, border: 0, lit: everything, now: null });

    drawThreads(pick.kind, chosen, done, now, size);
    terms.show(pick.kind, told, uses, step);
    setText(byId("board-story"), story(pick, uses));
    const downs = new Set(uses.map((use) => (pick.kind === "output" ? use.weight : use.output).row));
    const down = downs.size;
    fan_formula.fill({ down, across: down === 0 ? 0 : uses.length / down, times: uses.length });
    setText(byId("fan-words"), fanWords(pick.kind));
    byId("ones-words").hidden = shown.numbers !== "ones";
    for (const { name, field } of fields) field.show(shown[name]);
    numbers.show(shown.numbers);
  }

  /**
   * Forward from a pixel or a weight into outputs, and back from the outputs.
   *
   * @param {Kind} kind
   * @param {number} chosen
   * @param {import("./geometry.js").Use[]} done
   * @param {import("./geometry.js").Use | null} now
   * @param {number} size
   */
  function drawThreads(kind, chosen, done, now, size) {
    const drawn = done.length > MOST_THREADS ? done.filter((use) => use === now) : done;
    threads.show(
      drawn.flatMap((use) => {
        const output = use.output.row * size + use.output.column;
        const is_now = use === now;
        if (kind === "output") {
          if (!use.pixel) return [];
          const pixel = use.pixel.row * PICTURE_PX + use.pixel.column;
          return [{ from: dy.cell(chosen), to: dx.cell(pixel), is_now }];
        }
        const [forward, back] = kind === "pixel" ? [x, dx] : [w, dw];
        return [
          { from: forward.cell(chosen), to: y.cell(output), is_now },
          { from: dy.cell(output), to: back.cell(chosen), is_now },
        ];
      }),
    );
  }

  const signs = [
    ["sign-times", "∗"],
    ["sign-equals", "="],
    ["row-forward", "Forward"],
    ["row-back", "The way back"],
  ];
  board.append(
    ...signs.map(([name, text]) =>
      element("span", { class: `board-sign ${name}`, text, attributes: { "aria-hidden": "true" } }),
    ),
  );

  function update() {
    lesson.ask(address.get());
    follow();
    draw();
  }
  address.subscribe(update);
  update();
  return { draw };
}

/** @param {Kind} kind */
const fanWords = (kind) =>
  ({
    pixel: "Windows down × windows across that the chosen pixel lies in:",
    weight: "Places down × places across at which the chosen weight is used:",
    output: "Rows × columns that the chosen output reads:",
  })[kind];
