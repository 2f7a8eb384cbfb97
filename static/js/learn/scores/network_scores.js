/** The scores of a network for one's own picture, and what the classes that have no bar add up to. */

import { sendJson } from "../../api/request.js";
import { createLatest } from "../../shared/latest.js";
import { Problem } from "../../shared/problem.js";
import { createRandomBadge } from "../../shared/random_badge.js";
import { createOwnPicture } from "../parts/own_picture.js";
import { createGroupedChoice } from "../parts/true_class.js";

/** So many have a bar. */
export const MOST_BARS = 10;
const MOST_SCORES = 10_000;

/**
 * @typedef {object} NetworkClass  As the microscope shows it.
 * @property {number} index
 * @property {string} label
 * @property {number} score
 * @property {number} probability
 * @property {number} sigmoid
 *
 * @typedef {object} NetworkScores
 * @property {string} model
 * @property {string} title
 * @property {string} image
 * @property {NetworkClass[]} classes those with a bar, the highest score first
 * @property {number[]} others the scores of all other classes
 */

/** @typedef {import("../../types.js").TemperedScoresBody} TemperedScoresBody */

/**
 * @param {TemperedScoresBody} body
 * @param {AbortSignal} signal
 * @returns {Promise<import("../../types.js").TemperedScores>}
 */
export const askScores = (body, signal) => sendJson("POST", "/learn/scores", body, signal);

/**
 * @param {{picture: HTMLElement, choices: HTMLElement}} places
 * @param {object} parts
 * @param {import("./shown.js").ShownStore} parts.shown
 * @param {import("../parts/chapter.js").Chapter} parts.chapter
 * @param {() => void} parts.onAsk the scores of another network or picture are under way
 * @param {(found: NetworkScores) => void} parts.onScores
 */
export async function createNetworkScores(places, { shown, chapter, onAsk, onScores }) {
  const { api, fail } = chapter;
  const latest = createLatest();
  const network = createGroupedChoice("Network", (id) => {
    shown.change({ model: id, moved: {}, one: -1, other: -1 });
    update();
  });
  const random = createRandomBadge();
  places.choices.append(network.node, random.node);
  const { models, default_model } = await api.models();
  const offered = models.filter(
    ({ weights, classes }) =>
      weights.status === "ready" && classes > 1 && classes <= MOST_SCORES,
  );
  /** @param {boolean} is_random @returns {[string, string][]} */
  const named = (is_random) =>
    offered
      .filter(({ origin }) => (origin === "random") === is_random)
      .map(({ id, title }) => [id, `${title} · ${id}`]);
  network.offer({ Trained: named(false), "Random weights": named(true) });
  let image_id = "";

  function update() {
    const wanted = [shown.get().model, default_model];
    const model =
      wanted.flatMap((id) => offered.find((each) => each.id === id) ?? [])[0] ?? offered[0];
    if (!model) {
      fail(new Problem("no-scores", "No network on this server has scores for several classes."));
      return Promise.resolve();
    }
    network.select(model.id);
    random.show(model);
    onAsk();
    return latest.run(
      (signal) => api.predictions(model.id, image_id, model.classes, signal),
      (prediction) => {
        fail(null);
        try {
          onScores(scoresOf(prediction, model.title));
        } catch (error) {
          fail(error);
        }
      },
      fail,
    );
  }

  let ready = Promise.resolve();
  await createOwnPicture(places.picture, {
    api,
    address: shown,
    onPicture(next) {
      // What was moved belongs to the picture before.
      if (image_id !== "") shown.change({ moved: {}, one: -1, other: -1 });
      image_id = next;
      ready = update();
    },
  });
  return ready;
}

/**
 * @param {import("../../types.js").Prediction} prediction
 * @param {string} title
 * @returns {NetworkScores}
 */
function scoresOf({ model, image, classes }, title) {
  const scores = classes.map(({ index, label, logit, probability, sigmoid }) => {
    if (logit === null || probability === null || sigmoid === null) {
      throw new Problem("no-scores", `${model} returned a score that is no finite number.`);
    }
    return { index, label, score: logit, probability, sigmoid };
  });
  return {
    ...{ model, title, image: image ?? "" },
    classes: scores.slice(0, MOST_BARS),
    others: scores.slice(MOST_BARS).map(({ score }) => score),
  };
}

/**
 * What the other classes add up to at any temperature, as the server computes it.
 *
 * @param {{onSum: () => void, fail: (error: unknown) => void}} parts onSum: one was answered
 */
export function createRest({ onSum, fail }) {
  const latest = createLatest();
  /** @type {number[]} */
  let others = [];
  /** By temperature. @type {Map<number, number>} */
  const known = new Map();

  return {
    /** @param {number[]} scores */
    setOthers(scores) {
      latest.cancel();
      others = scores;
      known.clear();
    },

    /**
     * @param {number} temperature
     * @returns {number | null} ln of the sum of e^(t / T) over them, minus infinity where there are
     *   none; null: it is being asked for
     */
    logSum(temperature) {
      if (others.length === 0) return -Infinity;
      const sum = known.get(temperature);
      if (sum !== undefined) {
        latest.cancel();
        return sum;
      }
      latest.run(
        (signal) => askScores({ scores: others, temperatures: [temperature], first: 0 }, signal),
        ({ log_sums }) => {
          known.set(temperature, log_sums[0]);
          fail(null);
          onSum();
        },
        fail,
      );
      return null;
    },
  };
}
