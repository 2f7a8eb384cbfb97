/** What the chapter shows, and how it stands in the address. */

import { choice, createChapterAddress, number, text } from "../parts/address.js";

/** How far a digit may be moved, px of a 28 x 28 one. */
export const MOST_SHIFT_PX = 8;
/** How far a picture may be moved, px of the network's input. */
export const MOST_MOVE_PX = 32;

export const address = createChapterAddress({
  size: number(32, { low: 4, high: 256, whole: true }),
  channels: number(1, { low: 1, high: 64, whole: true }),
  maps: number(6, { low: 1, high: 64, whole: true }),
  kernel: number(5, { low: 1, high: 11, whole: true }),
  digit: number(7, { low: 0, high: 9, whole: true }),
  number: number(0, { low: 0, high: 99, whole: true }),
  /** The id of the person's own digit, as the server keeps it; empty for a held-out one. */
  drawing: text("", 64),
  /** What that is, as the person says; -1: as LeNet-5 reads it. */
  is: number(-1, { low: -1, high: 9, whole: true }),
  shift: number(0, { low: -MOST_SHIFT_PX, high: MOST_SHIFT_PX, whole: true }),
  preparation: choice("as-drawn", ["as-drawn", "centred"]),
  accuracies: choice("all", ["all", "high"]),
  direction: choice("right", ["right", "left", "down", "up"]),
  stride: number(2, { low: 1, high: 32, whole: true }),
  map: number(0, { low: 0, high: 4095, whole: true }),
  right: number(8, { low: -MOST_MOVE_PX, high: MOST_MOVE_PX, whole: true }),
  down: number(0, { low: -MOST_MOVE_PX, high: MOST_MOVE_PX, whole: true }),
  depth: number(2, { low: 0, high: 99, whole: true }),
});

/** @typedef {typeof address} Address */

/** The five, from the plainest to the deepest. */
export const NETWORKS = [
  { model: "softmax.mnist5k", name: "linear", tone: "first" },
  { model: "mlp.mnist5k", name: "perceptron", tone: "second" },
  { model: "lenet5.mnist5k", name: "LeNet-5", tone: "third" },
  { model: "vgg_32.mnist5k", name: "VGG-9", tone: "fourth" },
  { model: "googlenet_32.mnist5k", name: "GoogLeNet", tone: "fifth" },
];
