/** What the chapter shows, and how it stands in the address. */

import { choice, createChapterAddress, number, text } from "../parts/address.js";

/** By the id of the design, before its dot. */
export const DESIGNS = /** @type {const} */ ([
  "lenet5",
  "alexnet_paper",
  "zfnet",
  "vgg16_paper",
  "googlenet_paper",
  "resnet50_paper",
]);

/** @typedef {typeof DESIGNS[number]} DesignName */

export const LAST_MAPS_PX = 7;
export const DECONVNET_LAYERS = /** @type {const} */ (["conv1", "conv2", "conv3", "conv4", "conv5"]);

export const address = createChapterAddress({
  design: choice("vgg16_paper", DESIGNS),
  groups: choice("2", ["1", "2"]),
  side: number(LAST_MAPS_PX, { low: 1, high: LAST_MAPS_PX, whole: true }),
  layer: choice("conv3", DECONVNET_LAYERS),
  map: number(-1, { low: -1, high: 4095, whole: true }),
  /** The ways that are cut, `layer:input` with a space between them. */
  bridges: text("", 400),
  lanes: text("", 800),
  // Here stand the keys of the section on challenges: ...CHALLENGE_KEYS.
});

/** @typedef {typeof address} Address */
