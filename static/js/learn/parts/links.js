/** Ways from a chapter to the rest of the program. */

import { element } from "../../shared/element.js";

const ROOT = new URL(document.documentElement.dataset.root ?? "./", document.baseURI).pathname;

/**
 * @param {Record<string, string | number | null | undefined>} selection as the microscope's address
 *   has it: model, layer, image, channel, row, column, lens, class
 * @param {string} [page] `train`, `fields`; the microscope unless given
 * @returns {string}
 */
export function pageAddress(selection, page = "") {
  const given = Object.entries(selection).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [[name, String(value)]],
  );
  const search = new URLSearchParams(given).toString();
  return ROOT + page + (search ? `?${search}` : "");
}

/**
 * @param {string} text
 * @param {Parameters<typeof pageAddress>} where
 */
export const pageLink = (text, ...where) =>
  element("a", { text, attributes: { href: pageAddress(...where) } });
