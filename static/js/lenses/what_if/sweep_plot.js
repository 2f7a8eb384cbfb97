/** Probabilities of a few classes along one change of the picture. */

import { gridLine, plotLabel } from "../../shared/axes.js";
import { element, svg } from "../../shared/element.js";
import { formatPercent } from "../../shared/format.js";

const WIDTH = 480;
const HEIGHT = 200;
/** @type {("start" | "middle" | "end")[]} */
const ANCHORS = ["start", "middle", "end"];
const EDGE = { left: 40, right: 8, top: 8, bottom: 24 };

/** @param {HTMLElement} parent */
export function createSweepPlot(parent) {
  const drawing = svg("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": "Probability along the slider",
  });
  const legend = element("ul", { class: "sweep-legend" });
  const readout = element("p", { class: "quiet figure" });
  const now = svg("line", { class: "sweep-now", y1: EDGE.top, y2: HEIGHT - EDGE.bottom });
  const cursor = svg("line", { class: "sweep-cursor", y1: EDGE.top, y2: HEIGHT - EDGE.bottom });
  parent.hidden = true;
  parent.append(drawing, legend, readout);

  /** @type {import("../../types.js").Sweep | null} */
  let sweep = null;
  /** @type {import("../../address/picture_edit.js").Slider | null} */
  let slider = null;

  /** @param {number} value */
  function across(value) {
    const points = sweep?.points ?? [];
    const first = points[0]?.value ?? 0;
    const last = points.at(-1)?.value ?? 1;
    const share = (value - first) / (last - first);
    return EDGE.left + share * (WIDTH - EDGE.left - EDGE.right);
  }

  /** @param {number} share */
  const down = (share) => HEIGHT - EDGE.bottom - share * (HEIGHT - EDGE.top - EDGE.bottom);

  function axes() {
    const points = sweep?.points ?? [];
    const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => [
      gridLine(EDGE.left, WIDTH - EDGE.right, down(share), "sweep-grid"),
      plotLabel(`${share * 100} %`, EDGE.left - 6, down(share) + 4, "end"),
    ]);
    const places = [points[0], points[Math.floor(points.length / 2)], points.at(-1)];
    const values = places.map((point, index) =>
      plotLabel(
        slider?.shown(point?.value ?? 0) ?? "",
        across(point?.value ?? 0),
        HEIGHT - 6,
        ANCHORS[index],
      ),
    );
    return [...ticks.flat(), ...values];
  }

  /** @param {PointerEvent} event */
  function read(event) {
    if (!sweep || !slider) return;
    const box = drawing.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * WIDTH;
    const nearest = sweep.points.reduce((one, other) =>
      Math.abs(across(other.value) - at) < Math.abs(across(one.value) - at) ? other : one,
    );
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, String(across(nearest.value)));
    const shares = nearest.classes.map(
      (each) => `${each.label} ${formatPercent(each.probability)}`,
    );
    readout.textContent = `${slider.text} ${slider.shown(nearest.value)}: ${shares.join(", ")}; highest ${nearest.best.label} ${formatPercent(nearest.best.probability)}`;
  }
  drawing.addEventListener("pointermove", read);

  return {
    /**
     * @param {import("../../types.js").Sweep} found
     * @param {import("../../address/picture_edit.js").Slider} along
     */
    show(found, along) {
      sweep = found;
      slider = along;
      parent.hidden = false;
      const classes = found.points[0].classes;
      const lines = classes.map((_, place) =>
        svg("polyline", {
          class: `sweep-line sweep-line-${place}`,
          points: found.points
            .flatMap(({ value, classes: at }) => {
              const { probability } = at[place];
              return probability === null ? [] : `${across(value)},${down(probability)}`;
            })
            .join(" "),
        }),
      );
      drawing.replaceChildren(...axes(), now, cursor, ...lines);
      legend.replaceChildren(
        ...classes.map(({ label: text }, place) =>
          element("li", { class: `sweep-key sweep-key-${place}`, text }),
        ),
      );
      readout.textContent = `${along.text}: point at the plot to read it.`;
    },

    /** Where the slider stands. @param {import("../../address/picture_edit.js").PictureEdit} seen */
    mark(seen) {
      if (!slider) return;
      const x = String(across(seen[slider.property] ?? slider.usual));
      now.setAttribute("x1", x);
      now.setAttribute("x2", x);
    },

    clear() {
      sweep = null;
      slider = null;
      parent.hidden = true;
    },
  };
}
