/** Puts the page of the comparison together. */

import { createApi } from "../../api/api.js";
import { createCatalogue } from "../../models/catalogue.js";
import { createScoreChanges } from "../../scores/changes.js";
import { button, byId, element } from "../../shared/element.js";
import { difference } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { createFrame } from "../../shared/frame.js";
import { asProblem } from "../../shared/problem.js";
import { createStore } from "../../shared/store.js";
import { createAddress } from "./address.js";
import { createComparedDrops } from "./drops.js";
import { createSide } from "./side.js";

/** @typedef {import("../../types.js").ClassChange} ClassChange */

/**
 * @param {import("../../api/api.js").Api} api
 * @param {import("./side.js").SideView[]} sides
 */
function createScores(api, sides) {
  const note = element("p", { class: "quiet" });
  const table = element("div");
  const changes = createScoreChanges(table, { names: ["left", "right"] });
  byId("scores").append(note, table);
  const latest = createLatest();

  /** @param {AbortSignal} signal */
  async function ask(signal) {
    const [left, right] = sides.map(scoresOf);
    if (!left || !right) return null;
    const indices = [...left.classes, ...right.classes].map(({ index }) => index);
    const classes = [...new Set(indices)];
    const asked = sides.map((side) => {
      const { model, image } = side.shown();
      return api.interventions({ model, image }, { interventions: [], classes, top: 1 }, signal);
    });
    const [before, after] = await Promise.all(asked);
    const by_index = new Map(after.classes.map((each) => [each.index, each]));
    return before.classes.flatMap((each) => {
      const other = by_index.get(each.index);
      return other ? joined(each, other) : [];
    });
  }

  function update() {
    const [left, right] = sides.map(scoresOf);
    if (!left || !right) {
      // What stood here was of another network or picture.
      latest.cancel();
      changes.show([], null);
      const silent = sides.find((side) => !side.shown().has_scores);
      note.textContent = silent
        ? `${silent.shown().model} returns maps or features, no scores: compare the maps above.`
        : "";
      return;
    }
    const is_alike = left.class_count === right.class_count;
    table.hidden = !is_alike;
    const best = `Highest: ${left.classes[0].label} on the left, ${right.classes[0].label} on the right.`;
    note.textContent = is_alike ? best : `${best} These networks tell different classes apart.`;
    if (!is_alike) {
      latest.cancel();
      return;
    }
    latest.run(
      ask,
      (found) => changes.show(found ?? [], null),
      (error) => {
        changes.show([], null);
        note.textContent = asProblem(error).message;
      },
    );
  }
  for (const { prediction } of sides) prediction.subscribe(update);
  update();
}

/** @param {import("./side.js").SideView} side @returns {import("../../types.js").Prediction | null} */
function scoresOf({ prediction }) {
  const found = prediction.get();
  return found && "classes" in found ? found : null;
}

/** @param {ClassChange} left @param {ClassChange} right @returns {ClassChange} */
function joined(left, right) {
  return {
    ...left,
    logit_after: right.logit_before,
    logit_difference: difference(right.logit_before, left.logit_before),
    probability_after: right.probability_before,
    probability_difference: difference(right.probability_before, left.probability_before),
  };
}

/** @param {import("./address.js").Shown} shown @returns {import("./address.js").Shown} */
const chosen = ({ model, image, layer, channel }) => ({ model, image, layer, channel });

async function start() {
  createFrame();
  const api = createApi();
  const address = createAddress();
  const cursor = createStore(/** @type {import("./side.js").Place | null} */ (null));
  const catalogue = createCatalogue(api);
  const [, { examples }] = await Promise.all([catalogue.ready(), api.examples()]);
  const parts = { api, address, cursor, catalogue, examples };
  const sides = /** @type {import("./address.js").Side[]} */ (["left", "right"]).map((side) =>
    createSide(byId(side), { ...parts, side }),
  );
  byId("compare-tools").append(
    button(
      "Swap",
      () => {
        const [left, right] = sides.map((side) => side.shown());
        address.change({ left: chosen(right), right: chosen(left) });
      },
      { class: "button button-small" },
    ),
  );
  createScores(api, sides);
  createComparedDrops({ api, catalogue, sides });
}

start().catch((error) => {
  const text = `The page could not start: ${asProblem(error).message}`;
  document.body.prepend(element("p", { class: "notice notice-problem", text }));
});
