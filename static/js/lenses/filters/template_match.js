/** The chosen template laid over its input: it slides, and dot product and cosine follow. */

import { createAsking } from "../../shared/asking.js";
import { setFacts } from "../../shared/children.js";
import { button, element } from "../../shared/element.js";
import { formatFixed, formatFloat32, formatShort } from "../../shared/format.js";
import { decodeNpy } from "../../shared/maps.js";
import { term } from "../../shared/term.js";
import { createFilterPicture } from "./filter_picture.js";
import { createMatchMap } from "./match_map.js";

const TITLE = "Slide the template over its input";

/** @typedef {{row: number, column: number}} Place */

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @param {import("./bank.js").FilterBankStore} bank
 * @returns {import("../../page_types.js").View}
 */
export function createTemplateMatchView(parent, { state, api, analysis, network, unit_field }, bank) {
  const patch = createFilterPicture("The patch beneath the template", showPair);
  const template = createFilterPicture("The template", showPair);
  const numbers = element("dl", { class: "facts match-numbers" });
  const pair = element("p", { class: "filter-reading" });
  const moves = { place, moveTo, drop };
  const dot_map = createMatchMap("Dot product at every place; arrows move the template", moves);
  const cosine_map = createMatchMap("Cosine at every place; arrows move the template", moves);
  const maps = element(
    "div",
    { class: "match-maps" },
    figure(dot_map.frame, "dot product"),
    figure(cosine_map.frame, "cosine"),
  );
  const places = element("p", { class: "match-places" });
  const save = element("a", { text: "both maps .npy", attributes: { download: true } });
  const asking = {
    maps: createAsking("Matching it everywhere", () => showMatched(false)),
    // The maps stay, and another place may go better.
    patch: createAsking("Fetching the patch", () => showCompared(null)),
  };
  const pair_room = element(
    "div",
    { class: "match-pair" },
    figure(patch.canvas, "patch"),
    figure(template.canvas, term("template", "template")),
    element("div", { class: "match-reading" }, numbers, pair),
  );
  const body = element(
    "div",
    {},
    asking.patch.node,
    pair_room,
    maps,
    places,
    element("p", { class: "quiet" }, "save ", save),
  );
  const title = element("h3", { text: TITLE });
  parent.append(title, asking.maps.node, body);

  let wanted = "";
  let wanted_patch = "";
  /** Whether there is, or will be, a match to show. */
  let is_matched = true;
  /** @type {import("../../types.js").FilterMatch | null} */
  let match = null;
  /** While it is being dragged, before the address follows. @type {Place | null} */
  let dragged = null;
  /** @type {{patch: Float32Array, template: Float32Array} | null} */
  let compared = null;

  /** @param {HTMLElement} node @param {string | Node} caption */
  function figure(node, caption) {
    return element("figure", {}, node, element("figcaption", {}, caption));
  }

  /** @param {Place} to */
  function moveTo({ row, column }) {
    if (!match) return;
    const [rows, columns] = match.shape;
    dragged = {
      row: Math.min(Math.max(row, 0), rows - 1),
      column: Math.min(Math.max(column, 0), columns - 1),
    };
    const channel = bank.chosen();
    // The picture shows where the template is, before the address does.
    if (channel !== null) unit_field.point({ channel, ...dragged });
    showPlace();
  }

  function drop() {
    if (!dragged) return;
    const { row, column } = dragged;
    dragged = null;
    unit_field.point(null);
    if (isMap()) state.change({ row, column }, { replace: true });
  }

  const isMap = () => network.selected()?.output_shape.length === 3;

  /** @returns {Place | null} where the template lies: dragged, selected, else its best place */
  function place() {
    if (dragged || !match) return dragged;
    const { row, column } = state.get();
    const [rows, columns] = match.shape;
    if (row !== null && column !== null && row < rows && column < columns) return { row, column };
    return match.best[0] ?? null;
  }

  function request() {
    const { image, phase } = analysis.get();
    const { facts } = bank.get();
    const filter = bank.chosen();
    if (state.get().lens !== "filters" || !facts || filter === null) return null;
    if (phase !== "ready" || image === null) return null;
    return { model: facts.model, layer: facts.layer, filter, image };
  }

  function loadMaps() {
    const query = request();
    const key = query ? JSON.stringify(query) : "";
    if (key === wanted) return;
    wanted = key;
    wanted_patch = "";
    match = null;
    compared = null;
    for (const each of Object.values(asking)) each.cancel();
    // Until the new ones are here, what stands there is of another filter or picture.
    body.classList.add("is-waiting");
    if (!query) return;
    asking.maps.run(
      async (signal) => {
        showMatched(true);
        return {
          found: await api.filterMatch(query, signal),
          maps: decodeNpy(await api.filterMatchMaps(query, signal)),
        };
      },
      ({ found, maps: both }) => {
        match = found;
        const size = found.shape[0] * found.shape[1];
        dot_map.show(both.subarray(0, size), found.shape);
        cosine_map.show(both.subarray(size), found.shape);
        maps.hidden = size === 1;
        save.href = api.filterMatchUrl({ ...query, format: "npy" });
        showPlaces();
        showPlace();
      },
    );
  }

  /** @param {boolean} is_there */
  function showMatched(is_there) {
    is_matched = is_there;
    body.hidden = !is_there;
  }

  function showPlaces() {
    if (!match || match.shape[0] * match.shape[1] === 1) {
      places.replaceChildren();
      return;
    }
    /** @param {string} words @param {import("../../types.js").MatchPlace[]} list */
    const listed = (words, list) => [
      `${words} `,
      ...list.map(({ row, column, cosine }) =>
        button(`${row}, ${column} (${formatFixed(cosine, 2)})`, () => choose(row, column), {
          class: "link",
          title: `Lay the template over row ${row}, column ${column}: cosine ${cosine}`,
        }),
      ),
    ];
    places.replaceChildren(
      ...listed("Best matches by cosine:", match.best),
      element("br"),
      ...listed("worst:", match.worst),
    );
  }

  /** @param {number} row @param {number} column */
  const choose = (row, column) => state.change({ row, column });

  function showPlace() {
    const query = request();
    const at = place();
    if (!query || !match || !at) return;
    for (const map of [dot_map, cosine_map]) map.mark(at, match.shape);
    title.textContent = isMap()
      ? `${TITLE}: row ${at.row}, column ${at.column}`
      : "The template over its input";
    const where = isMap() ? { row: at.row, column: at.column } : {};
    const key = JSON.stringify([query, where]);
    if (key === wanted_patch) return;
    wanted_patch = key;
    asking.patch.run(
      (signal) => api.filterPatch({ ...query, ...where }, signal),
      (found) => {
        const both = decodeNpy(found);
        const size = both.length / 2;
        showCompared({ patch: both.subarray(0, size), template: both.subarray(size) });
      },
    );
  }

  /** @param {string | Node} name @param {string} text @param {number} value @param {string} [hint] */
  const fact = (name, text, value, hint = "") => [
    element("dt", { attributes: hint ? { title: hint } : {} }, name),
    element("dd", {}, element("output", { text, attributes: { "data-value": value } })),
  ];

  /**
   * Everything from the two arrays, in this browser.
   *
   * @param {{patch: Float32Array, template: Float32Array} | null} arrays
   */
  function showCompared(arrays) {
    compared = arrays;
    body.classList.remove("is-waiting");
    pair_room.classList.toggle("is-invisible", !arrays);
    const { facts } = bank.get();
    const at = bank.chosen();
    if (!compared || !facts || at === null) return;
    const [, inputs, height, width] = facts.shape;
    const shape = { inputs, height, width };
    patch.show(facts.kind, shape, compared.patch);
    template.show(facts.kind, shape, compared.template);
    let dot = 0;
    const squares = { patch: 0, template: 0 };
    for (let index = 0; index < compared.patch.length; index += 1) {
      const [one, other] = [compared.patch[index], compared.template[index]];
      dot += one * other;
      squares.patch += one * one;
      squares.template += other * other;
    }
    const lengths = { patch: Math.sqrt(squares.patch), template: Math.sqrt(squares.template) };
    const both = lengths.patch * lengths.template;
    const cosine = both > 0 ? dot / both : 0;
    const bias = facts.filters[at].bias ?? 0;
    setFacts(numbers, [
      ...fact(term("dot-product", "dot product"), formatShort(dot), dot, "Sum of patch × template"),
      ...fact("+ bias", formatShort(bias), bias),
      ...fact("= value", formatShort(dot + bias), dot + bias, "What the layer computed here"),
      ...fact(term("cosine", "cosine"), formatFixed(cosine, 4), cosine),
      ...fact("|patch|", formatShort(lengths.patch), lengths.patch, "L2, or Frobenius, norm"),
      ...fact("|template|", formatShort(lengths.template), lengths.template, "L2 norm"),
    ]);
    showPair(null);
  }

  /** @param {number | null} at the place of a weight */
  function showPair(at) {
    if (at === null || !compared) {
      pair.textContent = compared ? "Point at either to see the products" : "\u00a0";
      return;
    }
    const [one, other] = [compared.patch[at], compared.template[at]];
    pair.textContent = `${formatFloat32(one)} × ${formatFloat32(other)} = ${formatShort(one * other)}`;
  }

  function update() {
    const query = request();
    parent.hidden = bank.chosen() === null || state.get().lens !== "filters";
    loadMaps();
    body.hidden = query === null || !is_matched;
    if (!match) title.textContent = `${TITLE}${query ? "" : ": needs scores first"}`;
    showPlace();
  }
  const ends = [bank, state, analysis, network].map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      for (const each of Object.values(asking)) each.cancel();
      parent.replaceChildren();
    },
  };
}
