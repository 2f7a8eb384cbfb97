/** One function of a vector, or two: their Jacobians entry by entry, and the way back from a loss. */

import { readable } from "../../lenses/arithmetic/values.js";
import { postJson } from "../../api/request.js";
import { byId, setText } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createNumberField } from "../../shared/number_field.js";
import { createWayBack } from "./way_back.js";
import { FIRST, SECOND, START } from "./functions.js";
import { between, matrixGrid, transposed } from "./matrix.js";
import { product, subscript } from "./words.js";

/** @typedef {import("../../types.js").Jacobian} Jacobian */
/** @typedef {import("./main.js").BlameAddress} BlameAddress */
/**
 * @typedef {{name: string, W: string, kind: string, weight: number[][] | null, call: string}} Stage
 *
 * @typedef {object} Chain  What was asked and answered.
 * @property {Jacobian} answer
 * @property {Stage[]} stages
 * @property {number} label
 * @property {"column" | "row"} layout
 * @property {number[]} x
 */

/**
 * @param {BlameAddress} address
 * @param {import("../parts/chapter.js").Chapter} chapter
 */
export function createJacobianStage(address, { fail }) {
  const latest = createLatest();
  const back = createWayBack();
  const first = createChosenOne({
    label: "first",
    choices: FIRST,
    value: address.get().first,
    onChange: (value) => address.change({ first: value, entry: "product 0 0" }, { step: true }),
  });
  const second = createChosenOne({
    label: "then",
    choices: SECOND,
    value: address.get().second,
    onChange: (value) => address.change({ second: value, entry: "product 0 0" }, { step: true }),
  });
  const layout = createChosenOne({
    label: "vectors are",
    choices: [
      { value: "column", text: "columns" },
      { value: "row", text: "rows" },
    ],
    value: address.get().layout,
    onChange: (value) => address.change({ layout: value }, { step: true }),
  });
  const right = createChosenOne({
    label: "right class",
    choices: ["0", "1", "2"].map((value) => ({ value, text: String(Number(value) + 1) })),
    value: String(address.get().right),
    onChange: (value) => address.change({ right: Number(value) }, { step: true }),
  });
  const fields = START.x.map((_, place) =>
    createNumberField({
      label: `x${"₁₂₃"[place]}`,
      low: -10,
      high: 10,
      step: 0.1,
      value: address.get().x[place],
      onChange: (value) =>
        address.change({ x: address.get().x.map((kept, each) => (each === place ? value : kept)) }),
    }),
  );
  byId("jacobian-tools").append(
    first.node,
    second.node,
    layout.node,
    right.node,
    ...fields.map(({ node }) => node),
  );
  /** @type {Chain | null} */
  let known = null;
  let asked = "";

  function ask() {
    const shown = address.get();
    first.show(shown.first);
    second.show(shown.second);
    layout.show(shown.layout);
    fields.forEach((field, place) => {
      if (field.get() !== shown.x[place]) field.show(shown.x[place]);
    });
    const stages = stagesOf(shown.first, shown.second, shown.x.length);
    const size = stages.reduce((n, { weight }) => (weight ? weight.length : n), shown.x.length);
    const label = Math.min(shown.right, size - 1);
    right.show(String(label));
    for (const radio of right.node.querySelectorAll("input")) radio.disabled = Number(radio.value) >= size;
    const question = {
      x: shown.x,
      stages: stages.map(({ kind, weight }) => ({
        kind,
        weight: weight && (shown.layout === "column" ? weight : transposed(weight)),
      })),
      layout: shown.layout,
      label,
    };
    const text = JSON.stringify(question);
    if (text === asked) return show();
    asked = text;
    latest.run(
      (signal) => postJson("/learn/jacobian", question, signal),
      (answer) => {
        known = { answer, stages, label, layout: shown.layout, x: shown.x };
        show();
      },
      (error) => {
        asked = "";
        fail(error);
      },
    );
  }

  function show() {
    if (!known) return;
    const { answer, stages, x } = known;
    const is_column = known.layout === "column";
    /** @param {number[]} numbers */
    const vector = (numbers) => (is_column ? numbers.map((each) => [each]) : [numbers]);
    const names = ["x", ...stages.map(({ name }) => name)];
    const vectors = [x, ...answer.stages.map(({ output }) => output)];
    const [which, row_text, column_text] = address.get().entry.split(" ");
    const tables = [
      ...answer.stages.map(({ jacobian }, place) => ({
        id: `stage${place}`,
        out: place + 1,
        into: place,
        rows: jacobian,
        known: knownJacobian(stages[place], is_column),
      })),
      ...(stages.length > 1 ? [{ id: "product", out: stages.length, into: 0, rows: answer.product, known: "" }] : []),
    ];
    const table = tables.find(({ id }) => id === which) ?? tables[tables.length - 1];
    const i = Math.min(Number(row_text) || 0, table.rows.length - 1);
    const j = Math.min(Number(column_text) || 0, table.rows[0].length - 1);

    /** @param {number} place */
    const own = (place) => {
      const lit = place === table.out ? i : place === table.into ? j : -1;
      return matrixGrid({
        name: names[place],
        rows: vector(vectors[place]),
        id: `vector ${names[place]}`,
        isLit: (row, column) => (is_column ? row : column) === lit,
      });
    };
    byId("chain-forward").replaceChildren(
      ...stages.flatMap((stage, place) => {
        const result = [between("="), own(place + 1)];
        if (!stage.weight) {
          // What the stage before has just shown needs no second showing.
          const input = place === 0 ? [between(`${stage.call} of`), own(0)] : [between(`→ ${stage.call}`)];
          return [...input, ...result];
        }
        const weight = matrixGrid({
          name: stage.W,
          rows: is_column ? stage.weight : transposed(stage.weight),
          id: `matrix ${stage.W}`,
        });
        if (place > 0) {
          return [between(is_column ? `→ ${stage.W} ${names[place]}, with` : `→ ${names[place]} ${stage.W}, with`), weight, ...result];
        }
        return is_column
          ? [weight, between("·"), own(0), ...result]
          : [own(0), between("·"), weight, ...result];
      }),
    );
    /** @param {typeof table} each */
    const jacobian = (each) =>
      matrixGrid({
        name: `∂${names[each.out]}/∂${names[each.into]}${each.known}`,
        rows: each.rows,
        id: each.id,
        // An entry of the product is a row times a column.
        isLit: (row, column) =>
          table.id === "product" &&
          ((each.id === "stage1" && row === i) || (each.id === "stage0" && column === j)),
        chosen: each.id === table.id ? [i, j] : null,
        onChoose: (row, column) => address.change({ entry: `${each.id} ${row} ${column}` }),
      });
    const focused = document.activeElement?.getAttribute("data-entry");
    byId("chain-jacobians").replaceChildren(
      ...(stages.length > 1
        ? [jacobian(tables[1]), between("·"), jacobian(tables[0]), between("="), jacobian(tables[2])]
        : [jacobian(tables[0])]),
    );
    if (focused) {
      /** @type {HTMLElement | null} */ (document.querySelector(`[data-entry="${focused}"]`))?.focus();
    }
    sayEntry(table, names, i, j);
    back.show(known, names);
  }

  /** @param {{id: string, out: number, into: number, rows: number[][]}} table @param {string[]} names @param {number} i @param {number} j */
  function sayEntry(table, names, i, j) {
    if (!known) return;
    const value = table.rows[i][j];
    const [out, into] = [names[table.out], names[table.into]];
    const place = byId("entry-said");
    place.dataset.value = String(value);
    const terms =
      table.id === "product"
        ? ` It is row ${i + 1} times column ${j + 1}: ${known.answer.stages[1].jacobian[i]
            .map((factor, k) => {
              const term = product(factor, known?.answer.stages[0].jacobian[k][j] ?? 0);
              return k > 0 && factor < 0 ? term.replace(/^(\S+)/, "($1)") : term;
            })
            .join(" + ")}.`
        : "";
    setText(
      place,
      `Row ${i + 1}, column ${j + 1}: ${out}${subscript(i)} moves by ${readable(value)} for each unit of ${into}${subscript(j)}.${terms}`,
    );
  }

  address.subscribe(ask);
  ask();
}

/** What a Jacobian is by heart. @param {Stage} stage @param {boolean} is_column */
const knownJacobian = ({ kind, W }, is_column) =>
  kind === "identity" ? " = I" : kind === "linear" ? ` = ${W}${is_column ? "" : "ᵀ"}` : "";

/**
 * @param {string} first
 * @param {string} second
 * @param {number} size of x
 * @returns {Stage[]} weights as they stand where vectors are columns
 */
function stagesOf(first, second, size) {
  const after = first === "linear" ? START.W.length : size;
  const kinds = second === "none" ? [first] : [first, second];
  return kinds.map((kind, place) => {
    const W = place === 0 ? "W" : "V";
    const rows = place === 0 ? START.W : START.V.map((row) => row.slice(0, after));
    const is_last = place === kinds.length - 1;
    const name = kind === "softmax" && is_last ? "p" : kinds[place + 1] === "softmax" ? "t" : "yz"[place];
    const call = FIRST.concat(/** @type {any} */ (SECOND)).find(({ value }) => value === kind)?.text;
    return { name, W, kind, weight: kind === "linear" ? rows : null, call: call ?? kind };
  });
}
