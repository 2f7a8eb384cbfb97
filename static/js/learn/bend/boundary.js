/** The plane with its points, coloured by what the network, or one of its units, says of it. */

import { element, setText, svg } from "../../shared/element.js";
import { createPlot } from "../parts/plot.js";
import { onChange } from "./address.js";
import { bytesOf, coordinateCodes, paint } from "./codes.js";
import { placeOfNode } from "./network.js";
import { REACH } from "./settings.js";

const RINGS_PX = 150;

/**
 * What the chapter asks about, beside its question.
 *
 * @param {HTMLElement} parent
 * @param {import("./run.js").Run} run
 */
export function createRings(parent, run) {
  const drawing = svg("svg", {
    viewBox: `0 0 ${RINGS_PX} ${RINGS_PX}`,
    role: "img",
    "aria-label": "Points of two classes, as they are chosen below",
  });
  parent.append(drawing);
  const scale = RINGS_PX / (2 * REACH);
  /** @type {number[][] | undefined} */
  let drawn;
  run.subscribe(() => {
    const { data } = run.get();
    if (!data || data.points === drawn) return;
    drawn = data.points;
    const { points, labels } = data;
    drawing.replaceChildren(
      ...points.map(([x, y], index) =>
        pointMark(labels[index], (x + REACH) * scale, (REACH - y) * scale, 2.4),
      ),
    );
  });
}

/** @param {number} label @param {number} x @param {number} y @param {number} radius in px */
const pointMark = (label, x, y, radius) =>
  label === 0
    ? svg("circle", { class: "bend-class is-zero", cx: x, cy: y, r: radius })
    : svg("rect", {
        class: "bend-class is-one",
        x: x - 0.85 * radius,
        y: y - 0.85 * radius,
        width: 1.7 * radius,
        height: 1.7 * radius,
      });

/**
 * @param {HTMLElement} parent
 * @param {{address: import("./address.js").BendAddress, run: import("./run.js").Run}} parts
 */
export function createBoundary(parent, { address, run }) {
  const heading = element("h3");
  const canvas = element("canvas", { attributes: { "aria-hidden": "true" } });
  const place = element("div", { class: "bend-map" }, canvas);
  parent.append(
    heading,
    place,
    element(
      "p",
      { class: "bend-classes" },
      element("span", { class: "bend-class-mark is-zero" }),
      "class 0 ",
      element("span", { class: "bend-class-mark is-one" }),
      "class 1. Drag the ring: the numbers in the network are those of that point.",
    ),
  );
  const axis = { low: -REACH, high: REACH, ticks: 4 };
  const plot = createPlot(place, {
    title: "The plane, its points, and the point that is looked at",
    x: { ...axis, label: "x₁" },
    y: { ...axis, label: "x₂" },
    aspect: 1,
    highest_px: 620,
  });
  const probe = plot.addPoint({
    label: "The point that is looked at",
    tone: "probe",
    step: { x: 0.05, y: 0.05 },
    onMove: (...to) => address.change({ probe: to }),
  });
  /** @type {number[][] | undefined} */
  let drawn_points;

  /** @param {number[][]} points @param {number[]} labels */
  const drawPoints = (points, labels) =>
    plot.showMarks(({ x, y }) => {
      canvas.style.left = `${x.to(-REACH)}px`;
      canvas.style.top = `${y.to(REACH)}px`;
      canvas.style.width = `${x.to(REACH) - x.to(-REACH)}px`;
      canvas.style.height = `${y.to(-REACH) - y.to(REACH)}px`;
      return points.map(([at_x, at_y], index) =>
        pointMark(labels[index], x.to(at_x), y.to(at_y), 3.5),
      );
    });

  function show() {
    const { probe: at, node } = address.get();
    probe.show(at[0], at[1]);
    const { frame, data } = run.get();
    if (!frame || !data) return;
    if (data.points !== drawn_points) {
      drawn_points = data.points;
      drawPoints(data.points, data.labels);
    }
    const { layer, unit, name } = placeOfNode(node, frame.nodes);
    if (layer === 0) paint(canvas, coordinateCodes(unit === 0 ? 0 : 1, 60));
    else if (layer > frame.nodes.length) paint(canvas, bytesOf(frame.boundary));
    else paint(canvas, bytesOf(frame.nodes[layer - 1][unit].codes));
    setText(
      heading,
      layer > frame.nodes.length ? "What the network says: p of class 1" : `What ${name} says`,
    );
  }
  run.subscribe(show);
  onChange(address, ["node", "probe"], show);
  show();
}
