/** The picture read as one column of numbers, while ten sums grow. */

import { plotLabel } from "../../shared/axes.js";
import { byId, setText, svg } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { createStepper } from "../../shared/stepper.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createFormula } from "../parts/formula.js";
import { createPlot } from "../parts/plot.js";
import { DIGIT_PX, PIXELS } from "./address.js";
import { paintInk } from "./moved_digit.js";

/** @typedef {import("../../types.js").TemplateScores} TemplateScores */

/** Where the biases are added, on the axis of the numbers. */
const AT_BIAS = PIXELS + 40;
const END = PIXELS + 80;
/** How bright ink is that has been read. */
const READ = 0.4;

/** @type {Record<"digit" | "colour" | "photograph", {text: string, shape: [number, number, number]}>} */
const FORMS = {
  digit: { text: "this digit", shape: [1, DIGIT_PX, DIGIT_PX] },
  colour: { text: "32 × 32 in colour", shape: [3, 32, 32] },
  photograph: { text: "224 × 224 in colour", shape: [3, 224, 224] },
};

/** @param {import("./address.js").Address} address */
export function createFlat(address) {
  const flat = createFormula("templates.flat");
  const learned = createFormula("templates.learned");
  const picture = /** @type {HTMLCanvasElement} */ (byId("flat-picture"));
  const strip = /** @type {HTMLCanvasElement} */ (byId("flat-strip"));
  /** @type {TemplateScores | null} */
  let found = null;
  let rows = address.get().rows;

  const plot = createPlot(byId("flat-plot"), {
    title: "What the products come to, number after number, for ten classes",
    x: { low: 0, high: END, label: "numbers added, then + b", ticks: 7 },
    y: { low: -20, high: 20, label: "sum so far" },
    aspect: 0.42,
    highest_px: 300,
    is_named_above: true,
  });
  createStepper(byId("flat-stepper"), {
    label: "Rows that are read",
    last: DIGIT_PX,
    at: rows,
    describe: (each) => `row ${each} of ${DIGIT_PX}: ${formatInteger(each * DIGIT_PX)} numbers`,
    onShow(each) {
      rows = each;
      draw();
    },
    onRest: (each) => address.change({ rows: each }),
  });
  const form = createChosenOne({
    label: "D for",
    choices: /** @type {const} */ (["digit", "colour", "photograph"]).map((value) => ({
      value,
      text: FORMS[value].text,
    })),
    value: address.get().flat,
    onChange: (value) => address.change({ flat: value }, { step: true }),
  });
  byId("flat-tools").append(form.node);

  function draw() {
    if (!found) return;
    const { input, classes, best, template } = found;
    // What is read is in the strip, and pale in the square.
    paintInk(picture, (row, column) => (row < rows ? READ : 1) * input[row * DIGIT_PX + column]);
    paintStrip(strip, input, rows * DIGIT_PX);
    setText(
      byId("flat-caption"),
      rows === DIGIT_PX ? "all 28 rows are read" : `dark: read; ${DIGIT_PX - rows} rows to go`,
    );
    const is_over = rows === DIGIT_PX;
    const ends = classes.flatMap(({ running, score }) => [...running, score]);
    // Room for a name above the highest.
    const high = roundUp(Math.max(...ends, 2) + 3);
    const low = -roundUp(Math.max(...ends.map((end) => -end), 5));
    plot.setAxes({ y: { low, high, label: "sum so far" } });
    const ordered = [...classes].sort((one, other) => rank(one.index) - rank(other.index));
    plot.showCurves(
      ordered.map(({ index, running, score, sum }) => ({
        name: rank(index) > 0 ? `${index}` : "",
        tone: index === best ? "first" : index === template ? "second" : "faint",
        points: [
          [0, 0],
          ...running.slice(0, rows).map((sum_so_far, row) => [(row + 1) * DIGIT_PX, sum_so_far]),
          ...(is_over ? [[PIXELS, sum], [AT_BIAS, score], [END, score]] : []),
        ],
      })),
    );
    plot.showMarks((scales) => {
      const edge = scales.x.to(PIXELS);
      const top = scales.y.to(high);
      const bottom = scales.y.to(low);
      /** @type {Node[]} */
      const nodes = [svg("path", { class: "flat-edge", d: `M${edge} ${top}V${bottom}` })];
      const across = is_over ? END - 4 : rows * DIGIT_PX + 12;
      for (const index of rows > 0 ? new Set([best, template]) : []) {
        const { score, running } = classes[index];
        const y = scales.y.to(is_over ? score : running[rows - 1]) - 6;
        nodes.push(plotLabel(String(index), scales.x.to(across), y, "end", "plot-label flat-name"));
      }
      return nodes;
    });

    /** The winner over the one picked over all others. @param {number} index */
    function rank(index) {
      return index === best ? 2 : index === template ? 1 : 0;
    }
  }

  function showForm() {
    const chosen = address.get().flat;
    form.show(chosen);
    const [channels, height, width] = FORMS[chosen].shape;
    const size = channels * height * width;
    flat.fill({ channels, height, width, size }, formatInteger);
    learned.fill({ size, learned: 10 * size + 10 }, formatInteger);
  }
  address.subscribe(showForm);
  showForm();

  return {
    /** @param {TemplateScores} answer */
    show(answer) {
      found = answer;
      draw();
    },
  };
}

/** @param {number} value @returns {number} a multiple of 5 that is not smaller */
const roundUp = (value) => 5 * Math.ceil(value / 5);

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number[]} input
 * @param {number} read so many of them
 */
function paintStrip(canvas, input, read) {
  canvas.width = PIXELS;
  canvas.height = 1;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const image = pen.createImageData(PIXELS, 1);
  for (let at = 0; at < read; at += 1) {
    const level = Math.round(255 * Math.min(1, Math.max(0, input[at])));
    image.data.set([level, level, level, 255], at * 4);
  }
  pen.putImageData(image, 0, 0);
}
