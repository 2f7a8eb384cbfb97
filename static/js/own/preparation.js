/** How pictures are prepared for a network of one's own: what a form shows, and what it says. */

/**
 * @typedef {object} Preparation  As a card has it.
 * @property {"photograph" | "digit"} kind
 * @property {number | null} [resize] px of the shorter side; null stretches
 * @property {string} [interpolation]
 * @property {number[]} mean of each channel, in units of [0, 1]
 * @property {number[]} std
 * @property {string} [channel_order]
 */

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** @param {Record<string, any>} told by the server: of a candidate, or of a network @returns {Preparation} */
export function preparationOf(told) {
  const { mean, std } = told;
  const kind = told.kind ?? told.input_kind ?? "photograph";
  const numbers = { mean: [mean].flat(), std: [std].flat() };
  if (kind === "digit") return { kind, ...numbers };
  const { resize, interpolation, channel_order = "rgb" } = told;
  return { kind, resize, interpolation, ...numbers, channel_order };
}

/** @param {Preparation} preparation  Whose numbers they are, for a badge. */
export function whose({ kind, mean, std }) {
  if (kind === "digit") return "MNIST’s";
  const is_imagenet =
    mean.length === 3 && isAlike(mean, IMAGENET.mean) && isAlike(std, IMAGENET.std);
  return is_imagenet ? "ImageNet’s" : "the design’s own";
}

/** @param {number[]} one @param {number[]} other */
const isAlike = (one, other) =>
  one.length === other.length && one.every((value, place) => value === other[place]);

/** @param {Preparation} one @param {Preparation} other */
export const isSamePreparation = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/**
 * The length of the shorter side that keeps as much of the picture when the input's side changes.
 *
 * @param {number | null} resize
 * @param {number[]} from [channels, height, width]
 * @param {number[]} to
 */
export function resizeFor(resize, from, to) {
  if (resize === null) return null;
  return Math.round((Math.min(to[1], to[2]) * resize) / Math.min(from[1], from[2]));
}

/** The numbers in a text: `0.485, 0.456 0.406`; null for what is none. @param {string} text */
export function numbersIn(text) {
  const parts = text.split(/[\s,;]+/).filter(Boolean);
  const numbers = parts.map(Number);
  return parts.length > 0 && numbers.every(Number.isFinite) ? numbers : null;
}

const LONGEST_NAME = 64;

/** A name for an id made of any text: `My Net (v2).pth` is `my-net-v2`. @param {string} file_name */
export function proposedName(file_name) {
  const plain = file_name
    .replace(/\.[a-z0-9]{1,12}$/i, "")
    .normalize("NFKD")
    .replace(/[^\0-\x7f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^[-_]+/, "")
    .slice(0, LONGEST_NAME)
    .replace(/[-_]+$/, "");
  return plain || "network";
}

/** @param {string} name */
export const isName = (name) => /^[a-z0-9][a-z0-9_-]{0,63}$/.test(name);
