/** What stands on each side and what is asked of both, kept in the address. */

import { createKeptAddress, wholeNumber } from "../../address/kept_address.js";

/** @typedef {ReturnType<typeof createAddress>} Address */
/** @typedef {"left" | "right"} Side */
/** @typedef {"networks" | "pictures" | "free"} Mode  What differs: the network, the picture, or both. */
/** @typedef {"same" | "alike" | "free"} Lock  How the right side's channel follows the left one's. */
/** @typedef {{x: number, y: number}} Place  As shares of a width and a height. */
/**
 * @typedef {object} Shown  null: never chosen.
 * @property {string | null} model
 * @property {string | null} image
 * @property {string | null} layer whose map is shown
 * @property {number | null} channel
 *
 * @typedef {object} Compared
 * @property {Mode} mode
 * @property {Shown} left
 * @property {Shown} right
 * @property {Lock | null} lock
 * @property {Place | null} at the place that is marked on both sides
 * @property {{row: number, column: number} | null} unit of the left layer, as it came from the
 *   microscope; its place takes its stead once the map is here
 * @property {number | null} class_index
 * @property {string | null} method of attribution
 * @property {"centred" | "as-drawn"} preparation of drawn digits, where a network takes them both ways
 * @property {string} edit what the microscope's "What if" did to the picture, as its address says it
 * @property {[string, string][]} carried what only the microscope knows, for the way back
 */

/** @type {Side[]} */
export const SIDES = ["left", "right"];
/** What people read the sides as. @type {Record<Side, string>} */
export const LETTERS = { left: "A", right: "B" };

const MODES = /** @type {Mode[]} */ (["networks", "pictures", "free"]);
const LOCKS = /** @type {Lock[]} */ (["same", "alike", "free"]);
/** A narrow crop of a long picture lies many times its own width from the picture's edge. */
const FARTHEST = 1000;
const OWN = new Set([
  ...["mode", "lock", "at", "class", "method", "preparation", "seen"],
  ...["model", "image", "layer", "channel", "row", "column"],
  ...SIDES.flatMap((side) => ["model", "image", "layer", "channel"].map((name) => `${side}_${name}`)),
]);

/** @param {URLSearchParams} parameters @returns {Mode} */
function modeOf(parameters) {
  const named = MODES.find((mode) => mode === parameters.get("mode"));
  if (named) return named;
  const has_models = SIDES.some((side) => parameters.has(`${side}_model`));
  if (!SIDES.every((side) => parameters.has(`${side}_image`))) return "networks";
  return has_models ? "free" : "pictures";
}

/** @param {string | null} text `x,y` @returns {Place | null} */
function placeFrom(text) {
  const [x, y] = (text ?? "").split(",").map((part) => (part === "" ? NaN : Number(part)));
  return Math.abs(x) <= FARTHEST && Math.abs(y) <= FARTHEST ? { x, y } : null;
}

/** @param {URLSearchParams} parameters @returns {Compared} */
function read(parameters) {
  const mode = modeOf(parameters);
  /** @param {string} name */
  const text = (name) => parameters.get(name) || null;
  const row = wholeNumber(text("row"));
  const column = wholeNumber(text("column"));
  const left = {
    model: text("left_model") ?? text("model"),
    image: text("left_image") ?? text("image"),
    layer: text("left_layer") ?? text("layer"),
    channel: wholeNumber(text("left_channel") ?? text("channel")),
  };
  const right = {
    model: mode === "pictures" ? left.model : text("right_model"),
    image: mode === "networks" ? left.image : text("right_image"),
    layer: text("right_layer"),
    channel: wholeNumber(text("right_channel")),
  };
  return {
    ...{ mode, left, right },
    lock: LOCKS.find((lock) => lock === text("lock")) ?? null,
    at: placeFrom(text("at")),
    unit: row === null || column === null ? null : { row, column },
    class_index: wholeNumber(text("class")),
    method: text("method"),
    preparation: text("preparation") === "as-drawn" ? "as-drawn" : "centred",
    edit: text("seen") ?? "",
    carried: [...parameters].filter(([name]) => !OWN.has(name)),
  };
}

/** @param {Compared} compared @returns {[string, string | number | null][]} */
function write({ mode, left, right, lock, at, unit, class_index, method, preparation, edit, carried }) {
  const is_model_shared = mode === "pictures";
  const is_image_shared = mode === "networks";
  return [
    ["mode", mode === "networks" ? null : mode],
    ["model", is_model_shared ? left.model : null],
    ["image", is_image_shared ? left.image : null],
    ["left_model", is_model_shared ? null : left.model],
    ["left_image", is_image_shared ? null : left.image],
    ["left_layer", left.layer],
    ["left_channel", left.channel],
    ["right_model", is_model_shared ? null : right.model],
    ["right_image", is_image_shared ? null : right.image],
    ["right_layer", right.layer],
    ["right_channel", right.channel],
    ["lock", lock],
    ["at", at ? `${Number(at.x.toFixed(4))},${Number(at.y.toFixed(4))}` : null],
    ["row", unit && !at ? unit.row : null],
    ["column", unit && !at ? unit.column : null],
    ["class", class_index],
    ["method", method],
    ["preparation", preparation === "centred" ? null : preparation],
    ["seen", edit || null],
    ...carried,
  ];
}

/** @param {string | null} model @returns {string | null} the design that a model's id begins with */
export const designOf = (model) => model?.split(".")[0] ?? null;

export function createAddress() {
  const kept = createKeptAddress({ read, write });

  /** Whatever is shared changes on both sides. @param {Side} side @param {Partial<Shown>} changes */
  function changeSide(side, changes) {
    const before = kept.get();
    const other = side === "left" ? "right" : "left";
    const is_shared = before.mode === "networks" && "image" in changes;
    const shared = is_shared ? { image: changes.image } : {};
    const next = {
      [side]: { ...before[side], ...changes },
      [other]: { ...before[other], ...shared },
    };
    kept.change(/** @type {Partial<Compared>} */ (next));
  }

  return {
    ...kept,
    changeSide,

    /**
     * Another network, the layer and channel of which are the former's only in one design. The other
     * side stays what it is, also where nobody chose it.
     *
     * @param {Side} side
     * @param {string} model
     * @param {Record<Side, {model: string}>} shown what stands there
     */
    open(side, model, shown) {
      const { mode, left, right } = kept.get();
      const is_design_kept = designOf(model) === designOf(shown[side].model);
      const inside = is_design_kept ? {} : { layer: null, channel: null };
      const sides = {
        left: { ...left, model: left.model ?? shown.left.model },
        right: { ...right, model: right.model ?? shown.right.model },
      };
      sides[side] = { ...sides[side], ...inside, model };
      if (mode === "pictures") {
        for (const each of SIDES) sides[each] = { ...sides[each], ...inside, model };
      }
      const former = is_design_kept ? {} : { class_index: null, carried: [], unit: null };
      kept.change({ ...sides, ...former });
    },

    /** @param {Record<Side, Shown>} shown what stands there, also where nobody chose it */
    swap({ left, right }) {
      kept.change({ left: right, right: left, carried: [] });
    },
  };
}
