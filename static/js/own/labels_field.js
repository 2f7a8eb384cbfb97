/** The names of the classes: out of a file, or their numbers. */

import { button, element, setText } from "../shared/element.js";
import { formatInteger } from "../shared/format.js";
import { LABEL_NAMES } from "./dropped.js";

/** Names shown, so that their order can be checked. */
const SHOWN = 4;

/** @param {number} count @param {string} one */
const counted = (count, one) => `${formatInteger(count)} ${one}${count === 1 ? "" : "s"}`;

/** @param {string[]} names */
function shownNames(names) {
  const first = names.slice(0, SHOWN);
  const more = names.length > SHOWN ? ", …" : "";
  return first.join(", ") + more;
}

/**
 * @param {import("./own_networks.js").OwnNetworks} own
 */
export function createLabelsField(own) {
  const input = element("input", {
    class: "visually-hidden",
    attributes: {
      type: "file",
      accept: LABEL_NAMES.join(","),
      tabindex: -1,
      "aria-label": "File of labels",
    },
    on: {
      change() {
        const file = input.files?.[0];
        if (file) own.giveLabels(file);
        input.value = "";
      },
    },
  });
  const said = element("p", { class: "own-said", attributes: { role: "status" } });
  const names = element("p", { class: "quiet own-names" });
  const choose = button("Choose a file …", () => input.click(), { class: "button button-small" });
  const numbers = button(
    "Use numbers",
    () => {
      own.withoutLabels();
      choose.focus(); // this one can be pressed no more
    },
    { class: "button button-small", title: "“class 0”, “class 1”, …" },
  );
  const node = element(
    "fieldset",
    { class: "own-part" },
    element("legend", { text: "Labels" }),
    said,
    names,
    element(
      "div",
      { class: "own-line" },
      choose,
      numbers,
      element("span", { class: "quiet", text: "or drop labels.txt here: a name a line, JSON, CSV" }),
      input,
    ),
  );

  return {
    node,

    /** @param {number} classes of the network @returns {boolean} whether these labels are its */
    show(classes) {
      const { labels } = own.get();
      node.hidden = classes === 0;
      numbers.disabled = labels === null;
      const fits = labels === null || labels.names.length === classes;
      said.classList.toggle("is-wrong", !fits);
      if (labels === null) {
        setText(said, "Nobody has named the classes: they go by their numbers.");
        names.textContent = shownNames(
          Array.from({ length: Math.min(classes, SHOWN + 1) }, (_, index) => `“class ${index}”`),
        );
        return true;
      }
      const from = labels.source ? `, from ${labels.source}` : "";
      const misfit = `${labels.source || "The file"} has ${counted(labels.names.length, "label")}, \
and the network ${formatInteger(classes)} ${classes === 1 ? "class" : "classes"}: choose another file, \
or use numbers.`;
      const fit = `${formatInteger(labels.names.length)} of ${counted(classes, "label")}${from}`;
      setText(said, fits ? fit : misfit);
      names.textContent = shownNames(labels.names);
      return fits;
    },
  };
}
