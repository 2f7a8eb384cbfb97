/** A layer in a row: the maps, bent, and pooled; with one window of the pool and what wins in it. */

import { largestMagnitude, readable } from "../../lenses/arithmetic/values.js";
import { byId, setText, svg } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { createNumberField } from "../../shared/number_field.js";
import { createCellGrid } from "../parts/cell_grid.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createFormula } from "../parts/formula.js";
import { shownOf } from "./address.js";
import { cutPixels, outputSize, pixelsOf } from "./geometry.js";
import { titleOf } from "./kernel_tools.js";
import { cellWords } from "./cell_words.js";
import { createSheet, windowMarks } from "./sheet.js";
import { createWalk } from "./walk.js";

/** @typedef {import("./lesson.js").Layer} Layer */

const STAGES = /** @type {const} */ (["convolved", "activated", "pooled"]);

/** @param {import("./address.js").Address} address */
export function createLayer(address) {
  const size = createFormula("convolution.pooled");
  const tools = byId("layer-tools");
  const first = address.get();
  const activation = createChosenOne({
    label: "activation",
    choices: [
      { value: "relu", text: "ReLU" },
      { value: "none", text: "none" },
    ],
    value: first.activation,
    onChange: (value) => address.change({ activation: /** @type {"relu"} */ (value) }, { step: true }),
  });
  const pool = createChosenOne({
    label: "pooling",
    choices: [
      { value: "max", text: "maximum" },
      { value: "average", text: "average" },
    ],
    value: first.pool,
    onChange: (value) => address.change({ pool: /** @type {"max"} */ (value) }, { step: true }),
  });
  const fields = /** @type {const} */ ([
    ["pool_size", "window of the pool"],
    ["pool_stride", "its stride"],
  ]).map(([name, label]) => {
    const field = createNumberField({
      ...{ label, low: 1, high: 6, step: 1, value: first[name] },
      onChange: (value) => address.change({ [name]: value }),
    });
    return { name, field };
  });
  tools.append(activation.node, pool.node, ...fields.map(({ field }) => field.node));

  /** @type {Layer | null} */
  let layer = null;
  /** @type {Record<string, import("./sheet.js").Sheet>[]} */
  const columns = [];
  const rows = Object.fromEntries(STAGES.map((stage) => [stage, byId(`layer-${stage}`)]));
  const grid = createCellGrid(byId("pool-window"), {
    ...{ name: "pool-window", caption: "the window" },
    label: (index) => `number ${index + 1} of the window`,
  });

  const walk = createWalk(byId("pool-stepper"), {
    ...{ label: "Windows of the pool", what: "window", per_second: 6 },
    kept: () => address.get().pool_at,
    keep: (pool_at) => address.change({ pool_at }),
    onMove: mark,
  });

  /** @param {number} map */
  function createColumn(map) {
    /** @param {number} next @param {boolean} is_over */
    const go = (next, is_over) => {
      if (address.get().map !== map) address.change({ map });
      walk.go(next, is_over);
    };
    return Object.fromEntries(
      STAGES.map((stage) => {
        const is_pooled = stage === "pooled";
        const sheet = createSheet(rows[stage], {
          name: `${stage}-${map + 1}`,
          label: `Map ${map + 1}, ${stage}`,
          onPlace: is_pooled
            ? (row, column, is_over) => layer && go(row * outputSize(layer.pool) + column, is_over)
            : null,
        });
        if (is_pooled) sheet.walk((next) => go(next, true));
        return [stage, sheet];
      }),
    );
  }

  /** Paints what the server made of the picture. */
  function paint() {
    const { before, pool: axis } = /** @type {Layer} */ (layer);
    const shown = shownOf(address);
    const across = outputSize(axis);
    const count = before?.output.length ?? 0;
    while (columns.length < count) columns.push(createColumn(columns.length));
    columns.forEach((sheets, map) => {
      const output = before?.output[map];
      for (const stage of STAGES) sheets[stage].node.hidden = !output;
      if (!output || !before) return;
      const largest = largestMagnitude(output.flat());
      const maps = {
        convolved: output,
        activated: before.layer?.activated[map] ?? output,
        pooled: before.layer?.pooled?.[map] ?? null,
      };
      for (const stage of STAGES) {
        const numbers = maps[stage];
        sheets[stage].board.hidden = numbers === null;
        if (numbers) {
          sheets[stage].setSize(numbers.length);
          sheets[stage].paint(numbers.flat(), largest);
        }
        sheets[stage].stale(layer?.answer === null);
      }
      const kernel = shown.kernels[map];
      sheets.convolved.caption(`${map + 1}: ${kernel ? titleOf(kernel) : ""}`);
    });
    setText(byId("layer-convolved-size"), `${count} × ${axis.size} × ${axis.size}`);
    setText(byId("layer-activated-size"), shown.activation === "relu" ? "what is below 0 becomes 0" : "as it is");
    setText(byId("layer-pooled-size"), across > 0 ? `${count} × ${across} × ${across}` : "does not fit");
  }

  /** Frames the window of the pool, and shows its numbers. */
  function mark() {
    if (!layer?.before) return;
    const shown = shownOf(address);
    const { pool: axis, answer, before } = layer;
    const across = outputSize(axis);
    const is_there = across > 0 && before.layer?.pooled?.[shown.map]?.length === across;
    byId("pool-detail").hidden = !is_there;
    if (!is_there) return;
    const at = walk.get();
    const [row, column] = [Math.floor(at / across), at % across];
    const [down, right] = [pixelsOf(axis, row), pixelsOf(axis, column)];
    columns.forEach((sheets, map) => {
      const is_it = map === shown.map;
      const best = before.layer?.winners?.[map]?.[row][column] ?? null;
      const won = best === null
        ? []
        : [svg("rect", {
            ...{ class: "mark-winner", x: right[best % axis.kernel], y: down[Math.floor(best / axis.kernel)] },
            ...{ width: 1, height: 1 },
          })];
      sheets.activated.mark(...won, ...windowMarks(down, right, 0));
      sheets.pooled.mark(...windowMarks([row], [column], 0));
      sheets.pooled.setPlace(at, across, `row ${row + 1}, column ${column + 1} of ${across}`);
      for (const stage of STAGES) sheets[stage].node.classList.toggle("is-chosen", is_it);
    });
    const activated = before.layer?.activated[shown.map];
    const values = down.flatMap((each) => right.map((other) => activated?.[each][other] ?? NaN));
    const pooled = before.layer?.pooled?.[shown.map][row][column] ?? NaN;
    const winner = before.layer?.winners?.[shown.map][row][column] ?? null;
    grid.show({
      ...{ values, columns: axis.kernel, lit: new Set(values.keys()), chosen: winner, write: cellWords },
      largest: largestMagnitude(activated?.flat() ?? []),
    });
    grid.caption(`map ${shown.map + 1}, window ${row + 1}, ${column + 1}`);
    const node = byId("pool-value");
    node.dataset.value = answer ? String(pooled) : "NaN";
    setText(node, readable(pooled));
    const count = axis.kernel * axis.kernel;
    setText(
      byId("pool-words"),
      winner === null
        ? `the mean of ${count === 1 ? "one number" : `these ${count} numbers`}`
        : `the largest, framed: number ${winner + 1} of ${count}${
            values.filter((each) => each === pooled).length > 1 ? ", the first of several as large" : ""
          }. The others are forgotten`,
    );
  }

  return {
    /** @param {Layer} next */
    show(next) {
      layer = next;
      const shown = shownOf(address);
      activation.show(shown.activation);
      pool.show(shown.pool);
      for (const { name, field } of fields) field.show(shown[name]);
      const { pool: axis } = next;
      const across = outputSize(axis);
      const out = across === 0 ? null : across;
      size.fill({ n: axis.size, k: axis.kernel, s: axis.stride, out }, formatInteger);
      const refusal = byId("pool-refusal");
      refusal.hidden = across > 0;
      setText(refusal, axis.size === 0
        ? "There is no map to pool."
        : `No place for it: the window of the pool is ${axis.kernel} × ${axis.kernel}, the map only ${axis.size} × ${axis.size}.`);
      const cut = cutPixels(axis);
      setText(byId("pool-cut"), across > 0 && cut > 0
        ? `The last ${cut === 1 ? "row and column" : `${cut} rows and columns`} of each map are in no window.`
        : "");
      byId("pool-stepper").hidden = across === 0;
      if (across > 0) walk.follow(across);
      paint();
      mark();
    },
  };
}

