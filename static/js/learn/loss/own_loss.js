/** The loss of one picture: the person's own, by the network that they choose. */

import { formatInteger } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { createRandomBadge } from "../../shared/random_badge.js";
import { Problem } from "../../shared/problem.js";
import { createFormula } from "../parts/formula.js";
import { pageLink } from "../parts/links.js";
import { createOwnPicture } from "../parts/own_picture.js";
import { createGroupedChoice, createTrueClass } from "../parts/true_class.js";
import { bitsOf } from "./arithmetic.js";
import { createFigures, orEndless, written } from "./figures.js";
import { askLoss } from "./lesson.js";
import { createScoreTable } from "./score_table.js";

/** @typedef {import("../../types.js").Prediction} Prediction */

/** So many scores the lesson takes. */
const MOST_SCORES = 10_000;

/**
 * @param {object} places
 * @param {HTMLElement} places.picture
 * @param {HTMLElement} places.choices
 * @param {HTMLElement} places.results
 * @param {HTMLElement} places.figures
 * @param {HTMLElement} places.table
 * @param {HTMLElement} places.words
 * @param {HTMLElement} places.links
 * @param {object} parts
 * @param {import("./shown.js").ShownStore} parts.shown
 * @param {import("../parts/chapter.js").Chapter} parts.chapter
 */
export async function createOwnLoss(places, { shown, chapter: { api, fail } }) {
  const latest = createLatest();
  const log_softmax = createFormula("loss.logsoftmax");
  const own = createFormula("loss.own");
  const fill = createFigures(places.figures, [
    { name: "own-loss", label: "loss of this picture", unit: "nats" },
    { name: "own-bits", label: "the same loss", unit: "bits" },
  ]);
  const table = createScoreTable(places.table);
  const network = createGroupedChoice("Network", (id) => choose({ model: id, shows: -1 }));
  const truth = createTrueClass("It really shows", (index) => choose({ shows: index }));
  const random = createRandomBadge();
  places.choices.append(network.node, random.node, truth.node);

  const { models, default_model } = await api.models();
  const offered = models.filter(
    ({ weights, classes }) =>
      weights.status === "ready" && classes > 1 && classes <= MOST_SCORES,
  );
  /** @param {boolean} is_random @returns {[string, string][]} */
  const networks = (is_random) =>
    offered
      .filter(({ origin }) => (origin === "random") === is_random)
      .map(({ id, title }) => [id, `${title} · ${id}`]);
  network.offer({ Trained: networks(false), "Random weights": networks(true) });

  let image_id = "";
  /** The last one that was answered. */
  let prediction = /** @type {Prediction | null} */ (null);

  function model() {
    const { model: chosen } = shown.get();
    const found = [chosen, default_model].flatMap((id) => offered.find((each) => each.id === id) ?? []);
    return found[0] ?? offered[0];
  }

  /** @param {{model?: string, shows?: number}} changes */
  function choose(changes) {
    shown.change(changes);
    return update();
  }

  function update() {
    const chosen = model();
    network.select(chosen.id);
    random.show(chosen);
    places.results.setAttribute("aria-busy", "true");
    places.results.toggleAttribute("data-stale", true);
    return latest.run(
      async (signal) => {
        const is_same = prediction?.model === chosen.id && prediction.image === image_id;
        const found =
          is_same && prediction
            ? prediction
            : await api.predictions(chosen.id, image_id, chosen.classes, signal);
        const label = labelOf(found);
        const body = { kind: /** @type {const} */ ("scores"), scores: [scoresOf(found)] };
        const { pictures } = await askLoss({ ...body, labels: [label] }, signal);
        return { found, label, pictures };
      },
      ({ found, label, pictures }) => {
        if (found !== prediction) truth.offer(found.classes);
        prediction = found;
        if (pictures) show(found, label, pictures.pictures[0]);
        places.results.setAttribute("aria-busy", "false");
        places.results.removeAttribute("data-stale");
        fail(null);
      },
      (error) => {
        places.results.setAttribute("aria-busy", "false");
        fail(error);
      },
    );
  }

  /** @param {Prediction} found @returns {number} what was chosen, else what the network says */
  function labelOf({ classes, class_count }) {
    const { shows } = shown.get();
    return shows >= 0 && shows < class_count ? shows : classes[0].index;
  }

  /**
   * @param {Prediction} found
   * @param {number} label
   * @param {import("../../types.js").PictureLoss} loss
   */
  function show({ classes, class_count, model: model_id, image }, label, loss) {
    truth.select(label);
    table.show(classes, label, loss);
    const nats = orEndless(loss.loss_nats);
    const bits = bitsOf(nats);
    fill({ "own-loss": nats, "own-bits": bits });
    own.fill({ p: loss.probabilities[label], loss: nats }, written);
    const score = classes.find(({ index }) => index === label);
    const logarithm = loss.logarithms[label] ?? -Infinity;
    log_softmax.fill({ t: score?.logit ?? null, sum: loss.log_sum, logarithm }, written);
    places.words.textContent = `Somebody who trusts this network still needs ${written(bits)} bits \
to be told that this is “${score?.label}”. After a mere guess among ${formatInteger(class_count)} \
classes it would be ${written(Math.log2(class_count))}.`;
    places.links.replaceChildren(
      pageLink("Its scores and their entropy, in the microscope", { model: model_id, image }),
      pageLink("Why this class?", { model: model_id, image, lens: "why", class: label }),
    );
  }

  let ready = Promise.resolve();
  await createOwnPicture(places.picture, {
    api,
    address: shown,
    onPicture(next) {
      // What another picture shows says nothing of this one.
      if (image_id !== "") shown.change({ shows: -1 });
      image_id = next;
      ready = update();
    },
  });
  return ready;
}

/** @param {Prediction} prediction @returns {number[]} by class */
function scoresOf({ classes, model }) {
  /** @type {number[]} */
  const scores = new Array(classes.length);
  for (const { index, logit } of classes) {
    if (logit === null) {
      throw new Problem("no-scores", `${model} returned a score that is no finite number.`);
    }
    scores[index] = logit;
  }
  return scores;
}
