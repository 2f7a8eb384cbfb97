/** What a network of one's own is called: the second half of its id. */

import { element } from "../shared/element.js";
import { isName } from "./preparation.js";

/**
 * @param {{isTaken: (model_id: string) => boolean, onChange: () => void}} parts
 */
export function createNameField({ isTaken, onChange }) {
  let architecture = "";
  const input = element("input", {
    class: "own-name",
    attributes: {
      type: "text",
      id: "own-name",
      maxlength: 64,
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      "aria-describedby": "own-name-said",
    },
    on: {
      input() {
        show();
        onChange();
      },
    },
  });
  const before = element("span", { class: "figure own-id" });
  const said = element("p", { class: "quiet", attributes: { id: "own-name-said" } });
  const node = element(
    "div",
    { class: "own-part" },
    element("label", { class: "own-legend", text: "Name", attributes: { for: "own-name" } }),
    element("div", { class: "own-line" }, element("span", { class: "own-full-id" }, before, input)),
    said,
  );

  const id = () => `${architecture}.${input.value}`;

  function problem() {
    if (!isName(input.value)) {
      return "Small letters, digits, - and _, beginning with a letter or digit.";
    }
    return isTaken(id()) ? `There is a network ${id()} already: choose another name.` : "";
  }

  function show() {
    before.textContent = `${architecture}.`;
    const words = problem();
    said.classList.toggle("is-wrong", words !== "");
    said.textContent = words || "Its id, in addresses and for programs.";
    input.setAttribute("aria-invalid", String(words !== ""));
  }

  return {
    node,
    value: () => input.value,
    /** Looks again whether the name is free. */
    show,
    /** What is wrong with it, in words; empty where nothing is. */
    problem,

    /** @param {string} design @param {string} [proposed] */
    fill(design, proposed) {
      architecture = design;
      if (proposed !== undefined) {
        // The first that is free: `best`, `best-2`, …
        let name = proposed;
        for (let count = 2; isTaken(`${design}.${name}`); count += 1) {
          name = `${proposed.slice(0, 60)}-${count}`;
        }
        input.value = name;
      }
      show();
    },
  };
}
