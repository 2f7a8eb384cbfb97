/** The convolution as one matrix product: this unit is one row of patches times one kernel. */

import { createAsking } from "../../shared/asking.js";
import { colourTable } from "../../shared/colours.js";
import { element } from "../../shared/element.js";
import { formatInteger, formatShort } from "../../shared/format.js";
import { decodeNpy } from "../../shared/maps.js";
import { term } from "../../shared/term.js";
import { largestMagnitude } from "./values.js";

const AROUND = 4;
const ROW_PX = 14;
const WIDEST_CELL_PX = 16;
const ZERO = 128;
const STEPS = 127;

/** @typedef {import("../../types.js").Explanation} Explanation */

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 */
export function createNumberMatrix(parent, { api }) {
  const summary = element("summary", { class: "matrix-summary" });
  const words = element("p", { class: "quiet" });
  const kernel = element("canvas", { class: "matrix-canvas", attributes: { role: "img" } });
  const rows = element("canvas", { class: "matrix-canvas", attributes: { role: "img" } });
  const frame = element("span", { class: "matrix-frame", attributes: { "aria-hidden": "true" } });
  const sheet = element("div", { class: "matrix-sheet" }, rows, frame);
  const kernel_words = element("p", { class: "matrix-words" });
  const rows_words = element("p", { class: "matrix-words" });
  const port = element("div", { class: "matrix-port is-invisible" }, kernel_words, kernel, rows_words, sheet);
  const asking = createAsking("Fetching rows of the patches", () => port.classList.add("is-invisible"));
  const details = element("details", { class: "matrix" }, summary, words, asking.node, port);
  parent.append(details);
  /** @type {{answer: Explanation, weights: Float32Array} | null} */
  let shown = null;
  let drawn = "";

  details.addEventListener("toggle", load);

  function load() {
    if (!shown || !details.open) return;
    const { answer, weights } = shown;
    const matrix = /** @type {import("../../types.js").MatrixPlace} */ (answer.matrix);
    const first = Math.max(0, Math.min(matrix.row - AROUND, matrix.positions - 2 * AROUND - 1));
    const { model, layer, image } = answer;
    const query = { model, layer, image, group: matrix.group, first, count: 2 * AROUND + 1 };
    const key = JSON.stringify([query, matrix]);
    if (key === drawn) return;
    drawn = key;
    // Until the new ones are here, these are rows of another unit.
    port.classList.add("is-waiting");
    asking.run(
      (signal) => api.patchRows(query, signal),
      (body) => {
        port.classList.remove("is-waiting", "is-invisible");
        draw(decodeNpy(body), weights, matrix, first);
      },
    );
  }

  /**
   * @param {Float32Array} values
   * @param {Float32Array} weights
   * @param {import("../../types.js").MatrixPlace} matrix
   * @param {number} first
   */
  function draw(values, weights, matrix, first) {
    const { terms } = matrix;
    const count = values.length / terms;
    const cell_px = Math.max(1, Math.min(WIDEST_CELL_PX, Math.floor(port.clientWidth / terms)));
    paint(kernel, weights, terms, cell_px);
    paint(rows, values, terms, cell_px);
    kernel.setAttribute("aria-label", `kernel ${matrix.column}: ${terms} weights`);
    rows.setAttribute("aria-label", `rows ${first} to ${first + count - 1} of the patches`);
    rows.dataset.first = String(first);
    rows.dataset.row = String(matrix.row);
    frame.style.top = `${(matrix.row - first) * ROW_PX}px`;
    frame.style.width = `${terms * cell_px}px`;
    frame.style.height = `${ROW_PX}px`;
    const last = formatInteger(first + count - 1);
    rows_words.textContent = `Rows ${formatInteger(first)} to ${last} of the patches; row ${formatInteger(matrix.row)}, framed, is this unit's:`;
    kernel_words.textContent = `Column ${matrix.column} of the kernels, laid down so that its weights stand over what they weigh:`;
  }

  return {
    /** @param {Explanation} answer @param {Float32Array | null} weights */
    show(answer, weights) {
      const { matrix } = answer;
      parent.hidden = matrix === null || weights === null;
      if (!matrix || !weights) {
        shown = null;
        drawn = "";
        asking.cancel();
        return;
      }
      shown = { answer, weights };
      const { positions, terms, kernels, groups, group, row, column, repetition } = matrix;
      const [p, t, k] = [positions, terms, kernels].map(formatInteger);
      summary.textContent = `As one matrix product (im2col): ${p} × ${t} times ${t} × ${k}`;
      const whose = groups > 1 ? `, for group ${group} of ${groups}` : "";
      words.replaceChildren(
        term("im2col", "im2col"),
        `: every position of the output is a row of ${t} values, its patch; every kernel is a column. ` +
        `The product has ${p} × ${k} numbers${whose}; this unit is row ${formatInteger(row)}, column ` +
        `${column}. The patches hold each number of the input ${formatShort(repetition)} times.`,
      );
      load();
    },

    destroy: asking.cancel,
  };
}

/**
 * One pixel a value, drawn larger by CSS.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} values row after row
 * @param {number} width
 * @param {number} cell_px
 */
function paint(canvas, values, width, cell_px) {
  canvas.width = width;
  canvas.height = values.length / width;
  canvas.style.width = `${width * cell_px}px`;
  canvas.style.height = `${canvas.height * ROW_PX}px`;
  const image = new ImageData(width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  const table = colourTable("diverging");
  const largest = largestMagnitude(values) || 1;
  values.forEach((value, index) => {
    pixels[index] = table[ZERO + Math.floor((value / largest) * STEPS + 0.5)];
  });
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).putImageData(image, 0, 0);
}
