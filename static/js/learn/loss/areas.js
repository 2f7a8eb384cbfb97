/** Bits as areas: a block is as wide as its event is frequent, and as high as its word is long. */

import { gridLine, linearTicks, plotLabel } from "../../shared/axes.js";
import { svg } from "../../shared/element.js";
import { wordBits } from "./arithmetic.js";
import { written } from "./figures.js";

export const AREAS_HEIGHT = 340;
const LEFT = 40;
const RIGHT = 10;
const TOP = 14;
const BOTTOM = 42;
/** The scale grows with the longest word, between these. */
const LEAST_BITS = 4;
const MOST_BITS = 14;
const NARROWEST_NAME = 26;
/** Of words from their line, in pixels. */
const ABOVE = -6;
const BENEATH = 15;

/**
 * @param {SVGSVGElement} drawing
 * @param {number} width
 * @param {{names: readonly string[], p: readonly number[], q: readonly number[],
 *   entropy: number, cross: number}} shown
 */
export function drawAreas(drawing, width, { names, p, q, entropy, cross }) {
  const bottom = AREAS_HEIGHT - BOTTOM;
  const right = width - RIGHT;
  const words = p.flatMap((share, event) =>
    share > 0 ? [wordBits(share), wordBits(q[event])] : [],
  );
  const longest = Math.max(...words.filter(Number.isFinite), 0);
  const top_bits = Math.min(MOST_BITS, Math.max(LEAST_BITS, longest) * 1.12);
  /** @param {number} share */
  const x = (share) => LEFT + share * (right - LEFT);
  /** @param {number} bits */
  const y = (bits) => bottom - (Math.min(bits, top_bits) / top_bits) * (bottom - TOP);

  for (const bits of linearTicks(top_bits)) {
    drawing.append(gridLine(LEFT, right, y(bits)), plotLabel(String(bits), LEFT - 6, y(bits) + 4, "end"));
  }
  let before = 0;
  names.forEach((name, event) => {
    const [from, to] = [x(before), x(before + p[event])];
    before += p[event];
    if (p[event] > 0) drawBlock(drawing, { name, from, to, y, top_bits, own: p[event], code: q[event] });
  });
  drawing.append(
    plotLabel("bits", LEFT - 6, TOP - 2, "end"),
    plotLabel("how often it happens, all together 1", (LEFT + right) / 2, bottom + 36, "middle"),
    ...average(`H(p, q) = ${written(cross)}`, cross, "cross", ABOVE),
    ...average(`H(p) = ${written(entropy)}`, entropy, "entropy", BENEATH),
  );

  /**
   * The area over a width of 1 is the average height.
   *
   * @param {string} text
   * @param {number} bits
   * @param {string} tone
   * @param {number} offset of the words from the line
   */
  function average(text, bits, tone, offset) {
    const at = y(Math.min(bits, top_bits));
    // Where there is no room on their side of the line, the words stand on the other.
    const beside = at + offset > bottom || at + offset < TOP + 8 ? at + ABOVE + BENEATH - offset : at + offset;
    return [
      gridLine(LEFT, right, at, `average tone-${tone}`),
      plotLabel(text, right - 6, beside, "end", `plot-label is-average tone-${tone}`),
    ];
  }
}

/**
 * @param {SVGSVGElement} drawing
 * @param {{name: string, from: number, to: number, y: (bits: number) => number, top_bits: number,
 *   own: number, code: number}} block own and code: how often it happens, and how often the code expects it
 */
function drawBlock(drawing, { name, from, to, y, top_bits, own, code }) {
  const best = y(wordBits(own));
  const spent = y(wordBits(code));
  /** @param {string} tone @param {number} top @param {number} bottom */
  const area = (tone, top, bottom) =>
    svg("rect", {
      class: `block tone-${tone}`,
      ...{ x: from, y: top, width: to - from, height: Math.max(0, bottom - top) },
    });
  // The page's y grows downwards: the higher of the two is the smaller number.
  drawing.append(area("needed", Math.max(best, spent), y(0)));
  if (spent < best) drawing.append(area("wasted", spent, best));
  if (spent > best) drawing.append(area("saved", best, spent));
  drawing.append(svg("path", { class: "block-edge", d: `M${to} ${y(0)}V${Math.min(best, spent)}` }));
  if (to - from >= NARROWEST_NAME) {
    const middle = (from + to) / 2;
    drawing.append(plotLabel(name, middle, y(0) + 16, "middle"));
    const bits = wordBits(code);
    // What goes on beyond the scale says how far.
    if (bits > top_bits) drawing.append(plotLabel(written(bits), middle, spent + 18, "middle", "endless"));
  }
}
