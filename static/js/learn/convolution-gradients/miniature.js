/** The chapter on the index: how often each pixel of a 5 x 5 picture is used. */

import { svg } from "../../shared/element.js";
import { PICTURE_PX, placesOf, usesOf } from "./geometry.js";

const SIDE_PX = 20;
const GAP_PX = 2;

/** @param {HTMLElement} parent */
export function createMiniature(parent) {
  const sliding = { stride: 1, padding: 0, dilation: 1 };
  const left = (160 - PICTURE_PX * (SIDE_PX + GAP_PX)) / 2;
  const top = (120 - PICTURE_PX * (SIDE_PX + GAP_PX)) / 2;
  const cells = placesOf(PICTURE_PX).flatMap((place) => {
    const times = usesOf({ kind: "pixel", ...place }, sliding).length;
    const x = left + place.column * (SIDE_PX + GAP_PX);
    const y = top + place.row * (SIDE_PX + GAP_PX);
    const cell = svg("rect", {
      ...{ x, y, width: SIDE_PX, height: SIDE_PX, rx: 2, fill: "var(--accent)" },
      "fill-opacity": 0.1 + times / 10,
    });
    const number = svg("text", {
      ...{ x: x + SIDE_PX / 2, y: y + SIDE_PX * 0.7, "text-anchor": "middle", "font-size": 12 },
      fill: times > 4 ? "var(--on-accent)" : "var(--ink)",
    });
    number.textContent = String(times);
    return [cell, number];
  });
  parent.append(svg("svg", { viewBox: "0 0 160 120", "aria-hidden": "true" }, ...cells));
}
