/** Puts the page of the comparison together. */

import { carryInto } from "../../address/carried.js";
import { createApi } from "../../api/api.js";
import { createCatalogue } from "../../models/catalogue.js";
import { createChooserDialog } from "../../models/chooser.js";
import { createAwaited } from "../../shared/awaited.js";
import { byId } from "../../shared/element.js";
import { createFrame, tellNotStarted } from "../../shared/frame.js";
import { SIDES, createAddress } from "./address.js";
import { applyEdit } from "./arrival.js";
import { createComparison } from "./comparison.js";
import { createLockChoice, createModeSwitch, createPreparationChoice, createRuns, createSwap, swapSides } from "./controls.js";
import { createMapDifference } from "./difference.js";
import { createComparedDrops } from "./drops.js";
import { microscopeSearch } from "./links.js";
import { createPage } from "./page.js";
import { createPictureStrip, kindOf } from "./pictures.js";
import { createScores } from "./scores.js";
import { createSide } from "./side.js";
import { createWhy } from "./why.js";

/** @typedef {import("./address.js").Side} Side */

/** @param {import("./page.js").Page} page */
function createSharedStrip(page) {
  const { address, comparison, sending } = page;
  const strip = createPictureStrip({
    name: "Picture on both sides",
    ...{ api: page.api, examples: page.examples },
    onChoose: (image) => page.openImage("left", image),
    onFile: (file) => page.upload("left", file),
  });
  function update() {
    const { model, image, detail } = comparison.get().left;
    strip.node.hidden = address.get().mode !== "networks";
    const kind = (detail ?? page.catalogue.find(model))?.input_kind ?? "photograph";
    if (model !== "") strip.show(image, kind);
  }
  sending.subscribe(({ left, right }) => strip.say(left || right));
  comparison.subscribe(update);
  address.subscribe(update);
  return { node: strip.node, update };
}

/** Of both kinds. @param {import("../../api/api.js").Api} api */
async function loadExamples(api) {
  /** @type {(signal?: AbortSignal, kind?: "photograph" | "digit") => ReturnType<typeof api.examples>} */
  const ofKind = api.examples;
  const lists = await Promise.all([ofKind(), ofKind(undefined, "digit")]);
  const all = lists.flatMap(({ examples }) => examples);
  return [...new Map(all.map((each) => [each.id, each])).values()];
}

async function start() {
  createAwaited();
  const api = createApi();
  const address = createAddress();
  const catalogue = createCatalogue(api);
  const [examples] = await Promise.all([loadExamples(api), catalogue.ready()]);
  /** @param {"photograph" | "digit"} kind @param {number} place */
  const exampleOf = (kind, place) => {
    const fitting = examples.filter((each) => kindOf(each) === kind);
    return (fitting[place] ?? fitting[0] ?? examples[place] ?? examples[0]).id;
  };
  const comparison = createComparison({ api, address, catalogue, exampleOf });
  /** The side whose network is being chosen. @type {Side} */
  let chosen_side = "left";
  const dialog = createChooserDialog({
    catalogue,
    opened: () => comparison.get()[chosen_side].model,
    onChoose: (model) => address.open(chosen_side, model.id, comparison.get()),
    onPickOwn: () => drops.pickFile(chosen_side),
  });
  const chooser = {
    /** @param {Side} side */
    open(side) {
      chosen_side = side;
      dialog.open();
    },
  };
  const page = { ...createPage({ api, address, catalogue, comparison, examples }), chooser };
  const drops = createComparedDrops(page);
  const sides = SIDES.map((side) => createSide(byId(side), side, page));
  const lock = createLockChoice(page);
  const scores = createScores(page);
  const difference = createMapDifference(page);
  const why = createWhy(page);
  const runs = createRuns(page);
  const strip = createSharedStrip(page);
  const preparation = createPreparationChoice(page);
  const swap = () => swapSides(page);
  byId("middle").append(scores.node, lock.node, difference.node, why.head, why.middle);
  for (const side of SIDES) byId(side).append(why.sides[side]);
  byId("compare-tools").append(createModeSwitch(page).node, createSwap(swap), strip.node, runs.node);
  runs.node.append(preparation.node);
  comparison.subscribe(lock.update);
  comparison.subscribe(runs.update);
  comparison.subscribe(preparation.update);
  const keys = [
    { key: "m", meaning: "choose the network of A", act: () => chooser.open("left") },
    { key: "n", meaning: "choose the network of B", act: () => chooser.open("right") },
    { key: "s", meaning: "swap the sides", act: swap },
    { key: "x", meaning: "take the mark away", act: () => address.change({ at: null, unit: null }) },
  ];
  createFrame(keys, { takes_files: true });
  const failure = await applyEdit({ api, address, comparison });
  comparison.start();
  if (failure !== null) comparison.fail("left", failure);
  for (const part of [...sides, scores, lock, difference, why, runs, strip, preparation]) part.update();
  carryInto("", () => microscopeSearch(page, "left"));
  // A server that trains nothing has no runs to offer.
  runs.load().catch(runs.none);
}

start().catch(tellNotStarted);
