/** One unit projected back onto the pixels, on demand. */

import { createAsking } from "../../shared/asking.js";
import { button, element } from "../../shared/element.js";
import { decodePicture } from "../../shared/page_return.js";

const NAMES = { guided: "Guided backpropagation", deconvnet: "Deconvnet" };
const TITLES = {
  guided: "Only positive gradients pass a rectifier, and only where it was on (2014)",
  deconvnet: "Only positive gradients pass a rectifier; pooling goes back to its winners (2013)",
};

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @param {{rule: "guided" | "deconvnet",
 *   unit: () => (import("../../api/api.js").UnitQuery & {image: string}) | null}} options
 * @returns {import("../../page_types.js").View & {update: () => void}}
 */
export function createProjectionView(parent, { api }, { rule, unit }) {
  const start = button(NAMES[rule], run, { class: "button button-small", title: TITLES[rule] });
  const picture = element("img", { class: "looks-picture", attributes: { alt: "", hidden: true } });
  const asking = createAsking("Projecting");
  const room = element("div", { class: "looks-room" }, picture);
  const words = element("figcaption", { class: "quiet" });
  const saves = element("span", { class: "quiet" });
  parent.append(start, asking.node, room, words, saves);
  let shown = "";

  function run() {
    const query = unit();
    if (!query) return;
    shown = JSON.stringify(query);
    asking.run(
      async (signal) => {
        const found = await api.projection({ ...query, rule }, signal);
        const url = api.projectionUrl({ ...query, rule, format: "png", crop: true });
        const loaded = new Image();
        loaded.src = url;
        await decodePicture(loaded);
        return { found, url };
      },
      ({ found, url }) => {
        picture.src = url;
        picture.alt = `${NAMES[rule]} of the unit`;
        picture.hidden = false;
        words.textContent = wordsFor(found);
        saves.replaceChildren(
          "save ",
          element("a", {
            text: ".npy ",
            attributes: { href: api.projectionUrl({ ...query, rule, format: "npy" }), download: true },
          }),
          element("a", { text: ".png", attributes: { href: url, download: true } }),
        );
      },
    );
  }

  /**
   * @param {{shape: number[], minimum: number, maximum: number,
   *   rectifiers: Record<string, number>}} found
   */
  function wordsFor({ shape, minimum, maximum, rectifiers }) {
    if (minimum === 0 && maximum === 0) return "Nothing: no path back to the pixels is open.";
    const names = Object.entries(rectifiers).map(
      ([name, count]) => `${count} ${name.replaceAll("_", " ")}`,
    );
    if (names.length === 0) return "No rectifier on the way: this is the plain gradient.";
    // Three channels are colours around grey; one is on the diverging scale.
    const zero = shape[0] === 3 ? "grey is zero" : "white is zero, red above, blue below";
    return `through ${names.join(", ")}; ${zero}`;
  }

  function update() {
    const query = unit();
    start.disabled = query === null;
    if (shown !== "" && JSON.stringify(query) !== shown) {
      asking.cancel();
      shown = "";
      picture.hidden = true;
      picture.removeAttribute("src");
      saves.replaceChildren();
      words.textContent = "";
    }
    if (shown === "") words.textContent = query ? unitText(query) : "needs scores first";
  }

  /** @param {{row?: number, column?: number}} query */
  const unitText = ({ row, column }) =>
    row === undefined ? "of this feature" : `of the unit at row ${row}, column ${column}`;

  return {
    update,
    destroy: asking.cancel,
  };
}
