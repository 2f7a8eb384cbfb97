/** A kernel's weights as fields to type in, one square a channel. */

import { colourOf, largestMagnitude } from "../../lenses/arithmetic/values.js";
import { element } from "../../shared/element.js";
import { putIn } from "../../shared/suggestion.js";
import { cellWords } from "./cell_words.js";

const LARGEST = 1e4;

/**
 * @param {HTMLElement} parent
 * @param {string} name of the channel
 * @param {(index: number, value: number) => void} onType
 */
export function createKernelCells(parent, name, onType) {
  const sheet = element("div", {
    class: "cells kernel-cells",
    attributes: { role: "group", "aria-label": `kernel over ${name}`, "data-grid": `kernel-${name}` },
  });
  parent.append(sheet);
  /** @type {HTMLInputElement[]} */
  let fields = [];
  /** @type {number[]} */
  let weights = [];

  /** @param {number} side */
  function build(side) {
    fields = Array.from({ length: side * side }, (_, index) => {
      const place = `row ${Math.floor(index / side) + 1}, column ${(index % side) + 1}`;
      const field = element("input", {
        class: "cell kernel-cell",
        attributes: {
          type: "text",
          inputmode: "text",
          autocomplete: "off",
          "data-index": index,
          "aria-label": `weight over ${name}, ${place}`,
        },
        on: {
          focus() {
            field.value = String(weights[index]);
            field.select();
          },
          blur: () => show(weights, side, true),
          input() {
            const typed = numberOf(field.value);
            if (typed !== null && typed !== weights[index]) onType(index, typed);
          },
          change: () => show(weights, side, true),
        },
      });
      return field;
    });
    sheet.style.setProperty("--columns", String(side));
    sheet.replaceChildren(...fields);
  }

  /** @param {number[]} values @param {number} side @param {boolean} [is_done] nothing is being typed */
  function show(values, side, is_done = false) {
    if (fields.length !== values.length) build(side);
    weights = values;
    const largest = largestMagnitude(values);
    fields.forEach((field, index) => {
      const value = values[index];
      // Half a number that is being typed is not taken away.
      const is_typed = document.activeElement === field && !is_done && numberOf(field.value) === value;
      const is_half = document.activeElement === field && !is_done && numberOf(field.value) === null;
      if (!is_typed && !is_half) putIn(field, cellWords(value));
      field.dataset.value = String(value);
      const { background, ink } = colourOf(value, largest);
      field.style.backgroundColor = background;
      field.style.color = ink;
    });
  }

  return { show };
}

/** @param {string} text @returns {number | null} a fraction is one too: 1/9 */
export function numberOf(text) {
  const plain = text.trim().replace("\u2212", "-").replace(",", ".");
  const [over, under = "1", ...more] = plain.split("/");
  if (over.trim() === "" || under.trim() === "" || more.length > 0) return null;
  const value = Number(over) / Number(under);
  return Number.isFinite(value) && Math.abs(value) <= LARGEST ? value : null;
}
