/** What of this chapter stands in its address. */

import { choice, createChapterAddress, number, numbers, text } from "../parts/address.js";
import { LARGEST_HIDDEN, MOST_LAYERS, THREE_PIECES, onCurves } from "./settings.js";

const PAIR = { low: -5, high: 5 };

/** @type {import("../parts/address.js").Kept<number[]>} units of each hidden layer: `8-8` */
const hidden = {
  usual: [8, 8],
  read(written) {
    const units = written === "none" ? [] : written.split("-").map(Number);
    const fits = units.every((each) => Number.isInteger(each) && each >= 1 && each <= LARGEST_HIDDEN);
    return fits && units.length <= MOST_LAYERS ? units : null;
  },
  write: (units) => units.join("-") || "none",
};

const any_x = number(-1, { low: -4, high: 4 });
/** @type {import("../parts/address.js").Kept<number>} */
const at = {
  ...any_x,
  read(written) {
    const x = any_x.read(written);
    return x === null ? null : onCurves(x);
  },
};

export const createBendAddress = () =>
  createChapterAddress({
    a: numbers([1, -1, 1, 1], PAIR),
    b: numbers([1, 0.5, 0, -1], PAIR),
    x: numbers([2, 1], PAIR),
    fold: choice("no", ["no", "yes"]),
    // The seed of the tall stack; 0 for none yet.
    tall: number(0, { low: 0, high: 9999, whole: true }),
    points: choice("rings", ["rings", "xor", "spirals", "blobs"]),
    hidden,
    f: choice("identity", [
      ...["identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "maxout"],
    ]),
    rate: number(0.5, { low: 0.001, high: 10 }),
    momentum: number(0, { low: 0, high: 0.99 }),
    seed: number(0, { low: 0, high: 9999, whole: true }),
    probe: numbers([0.5, 0.5], { low: -1.2, high: 1.2 }),
    node: text("", 6),
    at,
    lines: numbers(THREE_PIECES, { low: -10, high: 10 }),
    net: choice("efficientnet_lite0.imagenet1k", [
      ...["efficientnet_lite0.imagenet1k", "vgg_32.mnist5k", "mlp.mnist5k"],
    ]),
  });

/** @typedef {ReturnType<typeof createBendAddress>} BendAddress */
/** @typedef {ReturnType<BendAddress["get"]>} Shown */

/**
 * Calls once something of that is another than before: what is dragged draws nothing else anew.
 *
 * @param {BendAddress} address
 * @param {(keyof Shown)[]} names
 * @param {() => void} show
 */
export const onChange = (address, names, show) =>
  address.subscribe((now, before) => {
    if (names.some((name) => now[name] !== before[name])) show();
  });
