/** A stack of the largest size, drawn from a seed that stands in the address. */

import { postJson } from "../../api/request.js";
import { readable } from "../../lenses/arithmetic/values.js";
import { button, element } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";
import { onChange } from "./address.js";

const LAYERS = 4;
const SIZE = 6;
const LARGEST_SEED = 9999;
/** What a neighbouring seed would draw much alike. */
const LEFT_OUT = 10;

/**
 * Numbers from -2 to 2 in hundredths. The generator is the linear congruential one of Numerical
 * Recipes (Press et al., 2nd edition, section 7.1): good enough for a demonstration.
 *
 * @param {number} seed
 * @returns {() => number}
 */
export function createDraw(seed) {
  let state = seed;
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.round((state / 2 ** 32) * 400 - 200) / 100;
  };
  for (let index = 0; index < LEFT_OUT; index += 1) draw();
  return draw;
}

/**
 * @param {HTMLElement} parent
 * @param {{address: import("./address.js").BendAddress, fail: (error: unknown) => void}} parts
 */
export function createTaller(parent, { address, fail }) {
  const said = element("span", { attributes: { "aria-live": "polite" } });
  const latest = createLatest();
  const next = button(
    `Try ${LAYERS} layers of ${SIZE} × ${SIZE}, with biases`,
    () => address.change({ tall: (address.get().tall % LARGEST_SEED) + 1 }),
    { class: "button button-small" },
  );
  parent.append(next, said);

  function show() {
    const { tall } = address.get();
    if (tall === 0) return;
    const draw = createDraw(tall);
    const vector = () => Array.from({ length: SIZE }, draw);
    const layers = Array.from({ length: LAYERS }, () => ({
      weight: Array.from({ length: SIZE }, vector),
      bias: vector(),
    }));
    latest.run(
      (signal) => postJson("/learn/linear", { layers, x: vector() }, signal),
      (/** @type {import("../../types.js").Linear} */ { largest_difference }) => {
        fail(null);
        said.dataset.value = String(largest_difference);
        said.textContent = ` Seed ${tall}: ${LAYERS * SIZE * (SIZE + 1)} random numbers, and ${SIZE * (SIZE + 1)} do the same; largest difference ${readable(largest_difference)}, which is rounding.`;
      },
      (error) => {
        said.textContent = "";
        delete said.dataset.value;
        fail(error);
      },
    );
  }
  onChange(address, ["tall"], show);
  show();
}
