/** What a picture really shows: any class of a network, those that it says first on top. */

import { element } from "../../shared/element.js";

const FIRST_GUESSES = 5;

/**
 * @param {string} label
 * @param {(index: number) => void} onChange
 */
export function createTrueClass(label, onChange) {
  const { node, offer, select } = createGroupedChoice(label, (value) => onChange(Number(value)));
  return {
    node,

    /** @param {readonly {index: number, label: string}[]} classes all of them, the likeliest first */
    offer(classes) {
      const options = classes.map(
        ({ index, label: name }) => /** @type {[string, string]} */ ([String(index), name]),
      );
      offer({
        "What it says first": options.slice(0, FIRST_GUESSES),
        "All others": options
          .slice(FIRST_GUESSES)
          .sort(([, one], [, other]) => one.localeCompare(other, "en", { numeric: true })),
      });
    },

    /** @param {number} index */
    select: (index) => select(String(index)),
  };
}

/** @param {string} label @param {(value: string) => void} onChange */
export function createGroupedChoice(label, onChange) {
  const select = element("select", {
    class: "select",
    on: { change: () => onChange(select.value) },
  });
  /** @param {[string, string]} pair */
  const option = ([value, text]) => element("option", { text, attributes: { value } });
  return {
    node: element("label", { class: "own-choice" }, element("span", { text: label }), select),

    /** @param {Record<string, [string, string][]>} groups by heading */
    offer(groups) {
      select.replaceChildren(
        ...Object.entries(groups)
          .filter(([, options]) => options.length > 0)
          .map(([heading, options]) =>
            element("optgroup", { attributes: { label: heading } }, ...options.map(option)),
          ),
      );
    },

    /** @param {string} value */
    select(value) {
      select.value = value;
    },
  };
}
