/** A formula that is not seen while there are no numbers for it. */

import { createFormula } from "../parts/formula.js";

/** @param {string} name */
export function createWaitingFormula(name) {
  const node = /** @type {HTMLElement} */ (document.querySelector(`[data-formula="${name}"]`));
  const { fill } = createFormula(name);
  const hide = () => {
    node.hidden = true;
  };
  hide();
  return {
    hide,
    /** @type {typeof fill} */
    fill(numbers, write) {
      fill(numbers, write);
      node.hidden = false;
    },
  };
}
