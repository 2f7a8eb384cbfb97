/** A stepper over all places of a map, row by row; the address keeps the row and the column. */

import { createStepper } from "../../shared/stepper.js";
import { formatInteger } from "../../shared/format.js";

/**
 * @param {HTMLElement} parent
 * @param {object} options
 * @param {string} options.label
 * @param {string} options.what one step is: "place"
 * @param {number} options.per_second
 * @param {() => number[]} options.kept row and column, of the address
 * @param {(at: number[]) => void} options.keep
 * @param {() => void} options.onMove to another place
 */
export function createWalk(parent, { label, what, per_second, kept, keep, onMove }) {
  let across = 1;
  let place = 0;
  /** It follows the address, and has nothing to tell it. */
  let is_following = true;
  let followed = "";

  const stepper = createStepper(parent, {
    ...{ label, last: 1, per_second },
    describe: (step) => `${what} ${formatInteger(step + 1)} of ${formatInteger(across * across)}`,
    onShow: take,
    onRest(step) {
      take(step);
      if (is_following) return;
      const at = [Math.floor(step / across), step % across];
      followed = `${at} ${across}`;
      keep(at);
    },
  });
  is_following = false;

  /** @param {number} step */
  function take(step) {
    place = step;
    if (!is_following) onMove();
  }

  return {
    get: () => place,

    /** @param {number} next @param {boolean} is_over false while it is being dragged */
    go(next, is_over) {
      if (is_over) {
        stepper.go(next);
        return;
      }
      if (stepper.isPlaying()) stepper.pause();
      take(next);
    },

    /**
     * As the address has it; where only the map became larger or smaller, the same part of it.
     *
     * @param {number} next rows, and columns; not 0
     */
    follow(next) {
      const at = kept();
      const key = `${at} ${next}`;
      if (key === followed) return;
      const is_resized = followed === `${at} ${across}` && next !== across;
      /** @param {number} each */
      const moved = (each) => (is_resized ? Math.round((each * (next - 1)) / Math.max(1, across - 1)) : each);
      const middle = Math.floor((next - 1) / 2);
      const [row, column] = at.map((each) => (moved(each) < next ? Math.floor(moved(each)) : middle));
      followed = `${[row, column]} ${next}`;
      across = next;
      is_following = true;
      stepper.setLast(next * next - 1);
      stepper.go(row * next + column);
      is_following = false;
      if (row !== at[0] || column !== at[1]) keep([row, column]);
    },
  };
}
