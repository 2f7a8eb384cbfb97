/** The chosen filter enlarged, its exact weights, its norms and its nearest relative. */

import { createAsking } from "../../shared/asking.js";
import { setFacts } from "../../shared/children.js";
import { button, element } from "../../shared/element.js";
import { formatFloat32, formatFixed, formatShort } from "../../shared/format.js";
import { decodeNpy } from "../../shared/maps.js";
import { term } from "../../shared/term.js";
import { createFilterPicture } from "./filter_picture.js";

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @param {import("./bank.js").FilterBankStore} bank
 * @returns {import("../../page_types.js").View}
 */
export function createChosenFilterView(parent, { state, api, network }, bank) {
  const title = element("h3");
  const facts_list = element("dl", { class: "facts" });
  const reading = element("p", { class: "filter-reading" });
  const saves = element("p", { class: "quiet" });
  let wanted = "";
  /** @type {Float32Array | null} */
  let values = null;
  const picture = createFilterPicture("The chosen filter", showReading);
  const asking = createAsking("Fetching its weights", () => {
    picture.canvas.classList.add("is-invisible");
    reading.textContent = "\u00a0";
  });
  parent.append(
    title,
    asking.node,
    element(
      "div",
      { class: "filter-chosen" },
      picture.canvas,
      element("div", {}, facts_list, reading, saves),
    ),
  );

  /** @param {number | null} at */
  function showReading(at) {
    const { facts } = bank.get();
    if (at === null || !values || !facts) {
      reading.textContent = values ? "Point at the filter to read its weights" : "\u00a0";
      return;
    }
    const [, , height, width] = facts.shape;
    const input = Math.floor(at / (height * width));
    const row = Math.floor(at / width) % height;
    const place = height * width === 1 ? "" : `, row ${row}, column ${at % width}`;
    if (facts.kind === "rgb") {
      const size = height * width;
      const three = [0, 1, 2].map((each) =>
        formatShort(/** @type {Float32Array} */ (values)[each * size + (at % size)]),
      );
      reading.textContent = `red, green, blue${place}: ${three.join(", ")}`;
      return;
    }
    reading.textContent = `input ${input}${place}: ${formatFloat32(values[at])}`;
  }

  /** @param {string | Node} name @param {string} text @param {string} [hint] */
  const fact = (name, text, hint = "") => [
    element("dt", { attributes: hint ? { title: hint } : {} }, name),
    element("dd", { text, attributes: hint ? { title: hint } : {} }),
  ];

  /** @param {import("../../types.js").FilterFacts} filter */
  function showFacts({ index, l1, l2, linf, bias, is_dead, nearest, cosine }) {
    const { detail } = network.get();
    const is_class = detail && detail.output === network.selectedId();
    title.textContent = `Filter ${index}${is_class ? ` · class ${detail.labels[index]}` : ""}`;
    const rows = [
      ...fact(term("norm", "L1, L2, L∞"), [l1, l2, linf].map((norm) => formatShort(norm)).join(", "), `${l1}, ${l2}, ${linf}`),
      ...fact(term("frobenius", "Frobenius"), formatShort(l2), "Of its kernels taken together: the same as L2"),
      ...fact(term("bias", "bias"), bias === null ? "none" : formatFloat32(Math.fround(bias))),
    ];
    if (is_dead) rows.push(...fact("dead", "yes: shorter than a thousandth of the longest"));
    if (nearest !== null && nearest !== index && cosine !== null) {
      const go = button(`filter ${nearest}`, () => state.change({ channel: nearest }), {
        class: "link",
        title: "Choose it",
      });
      // A cosine of 0 or less is no likeness: then not even the nearest is alike.
      const is_alike = cosine > 0;
      const most_alike = element(
        "dd",
        {},
        is_alike ? "" : "the nearest is ",
        go,
        `${is_alike ? "" : "with "}cosine ${formatFixed(cosine, 3)}`,
      );
      rows.push(element("dt", { text: is_alike ? "most alike" : "none is alike" }), most_alike);
    }
    setFacts(facts_list, rows);
  }

  function update() {
    const { facts } = bank.get();
    const index = state.get().lens === "filters" ? bank.chosen() : null;
    parent.hidden = index === null || !facts;
    if (index === null || !facts) {
      wanted = "";
      asking.cancel();
      return;
    }
    showFacts(facts.filters[index]);
    const query = { model: facts.model, layer: facts.layer };
    const key = JSON.stringify([query, index]);
    if (key === wanted) return;
    wanted = key;
    values = null;
    picture.canvas.classList.add("is-waiting");
    showReading(null);
    const mine = { ...query, channels: String(index) };
    saves.replaceChildren(
      "save this filter ",
      ...(/** @type {const} */ (["npy", "png"])).map((format) =>
        element("a", {
          text: `.${format} `,
          attributes: { href: api.filtersUrl({ ...mine, format }), download: true },
        }),
      ),
    );
    asking.run(
      (signal) => api.filterWeights({ ...mine, format: "npy" }, signal),
      (body) => {
        values = decodeNpy(body);
        const [, inputs, height, width] = facts.shape;
        picture.canvas.classList.remove("is-waiting", "is-invisible");
        picture.show(facts.kind, { inputs, height, width }, values);
        showReading(null);
      },
    );
  }
  const ends = [bank, state, network].map((source) => source.subscribe(update));
  update();

  return {
    destroy() {
      for (const end of ends) end();
      asking.cancel();
      parent.replaceChildren();
    },
  };
}
