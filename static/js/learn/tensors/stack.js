/** Pictures of one size in a 4-d tensor, and the one number that four indices name. */

import { byId, element } from "../../shared/element.js";
import { formatFixed, formatInteger } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { createNumberField } from "../../shared/number_field.js";
import { createFormula } from "../parts/formula.js";
import { CHANNELS, PICTURE_PX, address, watch } from "./address.js";
import { askPicture } from "./lesson.js";
import { paint } from "./paint.js";

const TITLES = ["picture i", "colour c", "row y", "column x"];
const SIZE = PICTURE_PX * PICTURE_PX;
/** Pure blue would be too dark to be seen. */
const PALE = 0.45;

/**
 * @param {import("../parts/chapter.js").Chapter} chapter
 */
export function createStack({ api, fail }) {
  const count = createFormula("tensors.stack");
  const offset = createFormula("tensors.offset");
  const latest = createLatest();
  const sheet = byId("stack-pictures");
  /** @type {Float32Array[]} */
  let pictures = [];
  /** @type {{pixel: HTMLElement, canvas: HTMLElement}[][]} */
  let planes = [];

  /** Made anew where there are more pictures, or fewer. @type {import("../../shared/number_field.js").NumberField | null} */
  let count_field = null;
  /** @type {import("../../shared/number_field.js").NumberField[]} */
  let fields = [];

  function makeFields() {
    count_field = createNumberField({
      ...{ label: "pictures N", low: 1, high: pictures.length, step: 1, value: size() },
      onChange: (n) => address.change({ n }),
    });
    const last = [pictures.length - 1, CHANNELS.length - 1, PICTURE_PX - 1, PICTURE_PX - 1];
    fields = TITLES.map((label, axis) =>
      createNumberField({
        ...{ label, low: 0, high: last[axis], step: 1, value: indices()[axis] },
        onChange: (value) => choose(indices().with(axis, value)),
      }),
    );
    byId("stack-tools").replaceChildren(count_field.node, ...fields.map(({ node }) => node));
  }

  /** @param {number[]} at of a picture that is not in the stack yet, too: it is put there */
  function choose(at) {
    address.change({ at, n: Math.max(size(), at[0] + 1) });
  }

  /** Within what there is. @returns {number[]} */
  function indices() {
    const { at } = address.get();
    const last = [size() - 1, CHANNELS.length - 1, PICTURE_PX - 1, PICTURE_PX - 1];
    return at.map((each, axis) => Math.max(0, Math.min(last[axis], Math.round(each))));
  }

  /** How many pictures are in the stack. */
  function size() {
    return Math.min(address.get().n, pictures.length || address.get().n);
  }

  function draw() {
    planes = pictures.slice(0, size()).map((picture, i) =>
      CHANNELS.map((name, c) => {
        const canvas = element("canvas", {
          class: "stack-plane",
          attributes: { role: "img", "aria-label": `Picture ${i}, ${name}` },
          on: {
            click(event) {
              const { left, top, width, height } = canvas.getBoundingClientRect();
              const y = Math.floor(((event.clientY - top) / height) * PICTURE_PX);
              const x = Math.floor(((event.clientX - left) / width) * PICTURE_PX);
              choose([i, c, y, x]);
            },
          },
        });
        paint(canvas, PICTURE_PX, PICTURE_PX, (index) => {
          const level = picture[c * SIZE + index];
          const [red, green, blue] = [PALE * level, PALE * level, PALE * level].with(c, level);
          return [red, green, blue];
        });
        const pixel = element("span", { class: "stack-pixel", attributes: { "aria-hidden": "true" } });
        return { canvas, pixel };
      }),
    );
    sheet.style.setProperty("--pictures", String(planes.length));
    sheet.replaceChildren(
      ...planes.map((column, i) =>
        element(
          "div",
          { class: "stack-picture" },
          element("span", { class: "stack-name figure", text: `i = ${i}` }),
          ...column.map(({ canvas, pixel }) => element("div", { class: "stack-frame" }, canvas, pixel)),
        ),
      ),
    );
    point();
  }

  function point() {
    const now = indices();
    const [i, c, y, x] = now;
    count_field?.show(size());
    fields.forEach((field, axis) => field.show(now[axis]));
    planes.forEach((column, picture) =>
      column.forEach(({ canvas, pixel }, channel) => {
        const is_here = picture === i && channel === c;
        canvas.classList.toggle("is-chosen", is_here);
        pixel.hidden = !is_here;
        pixel.style.left = `${(100 * (x + 0.5)) / PICTURE_PX}%`;
        pixel.style.top = `${(100 * (y + 0.5)) / PICTURE_PX}%`;
      }),
    );
    if (pictures.length === 0) return;
    const place = (c * PICTURE_PX + y) * PICTURE_PX + x;
    const value = pictures[i][place];
    const node = byId("stack-value");
    node.dataset.value = String(value);
    node.textContent = `X[${now.join(", ")}] = ${formatFixed(value, 4)}`;
    const numbers = size() * CHANNELS.length * SIZE;
    count.fill(
      { n: size(), c: CHANNELS.length, h: PICTURE_PX, w: PICTURE_PX, numbers },
      formatInteger,
    );
    offset.fill({ i, c, y, x, place: i * CHANNELS.length * SIZE + place }, formatInteger);
  }

  watch(["n"], draw);
  watch(["at"], point);

  return {
    /** @param {string} image the person's own, which comes first */
    async look(image) {
      await latest.run(
        async (signal) => {
          const { examples } = await api.examples(signal);
          const others = examples.map(({ id }) => id).filter((id) => id !== image);
          return Promise.all([image, ...others].map((id) => askPicture(id, signal)));
        },
        (found) => {
          fail(null);
          const are_as_many = found.length === pictures.length;
          pictures = found;
          if (!are_as_many) makeFields();
          draw();
        },
        fail,
      );
    },
  };
}
