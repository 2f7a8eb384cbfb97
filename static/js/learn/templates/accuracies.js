/** How many of 1,000 held-out digits ten templates read right, by how far all are moved. */

import { byId, element } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";
import { createPlot } from "../parts/plot.js";
import { MODEL } from "./address.js";

const SHIFTS = [0, 1, 2, 3, 4];
const DIGITS = 1000;
/** Of a guess. */
const CHANCE = 0.1;

/** @param {import("../parts/chapter.js").Chapter} chapter */
export function createAccuracies({ api, fail }) {
  const plot = createPlot(byId("moved-plot"), {
    title: "Share of 1,000 digits that is read right, by shift",
    x: { low: -0.2, high: 4, label: "moved to the right, px", ticks: 5 },
    y: { low: 0, high: 1, label: "share read right" },
    highest_px: 300,
    is_named_above: true,
  });
  const cells = SHIFTS.map((shift_px) =>
    element("td", { class: "figure", text: "…", attributes: { "data-shift": shift_px } }),
  );
  byId("moved-table")
    .querySelector("tbody")
    ?.append(
      ...cells.map((cell, shift_px) =>
        element("tr", {}, element("th", { text: `${shift_px} px`, attributes: { scope: "row" } }), cell),
      ),
    );

  /** @param {number[]} shares */
  function show(shares) {
    plot.showCurves([
      { name: "ten templates", tone: "first", points: shares.map((share, px) => [px, share]) },
      { name: "a guess", tone: "faint", dashed: true, points: [[0, CHANCE], [4, CHANCE]] },
    ]);
    shares.forEach((share, shift_px) => {
      cells[shift_px].textContent = share.toFixed(3).replace(/^0/, "");
      cells[shift_px].dataset.value = String(share);
    });
  }

  byId("moved-note").textContent = "Measuring …";
  createLatest().run(
    (signal) =>
      api.shiftAccuracies(
        MODEL,
        { direction: "right", most_px: 4 },
        (_, total, { correct }) => {
          if (total > 0) show(correct.map((each) => each / DIGITS));
        },
        signal,
      ),
    ({ points, training_accuracy, training_digits }) => {
      show(points.map(({ accuracy }) => accuracy));
      byId("moved-note").textContent =
        `Of the ${training_digits.toLocaleString("en")} digits that they learned from, not moved, they read `
        + `${training_accuracy.toFixed(3).replace(/^0/, "")} right.`;
    },
    (error) => {
      byId("moved-note").textContent = "Not all could be measured.";
      fail(error);
    },
  );
}
