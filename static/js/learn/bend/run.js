/** A training run of the playground: frames asked for ahead, and shown one after the other. */

import { followJson } from "../../api/request.js";
import { onChange } from "./address.js";
import { ROUND_STEPS, bodyOf } from "./settings.js";

/**
 * @typedef {object} NodeMap
 * @property {number} scale
 * @property {string} codes base64
 *
 * @typedef {object} LayerWeights
 * @property {number[][][]} weight pieces, out, in
 * @property {number[][]} bias pieces, out
 * @property {number[][][]} weight_velocity
 * @property {number[][]} bias_velocity
 *
 * @typedef {object} Frame
 * @property {number} step
 * @property {number | null} loss
 * @property {number} accuracy
 * @property {string} boundary base64
 * @property {NodeMap[][]} nodes
 * @property {LayerWeights[]} layers
 * @property {{before: number[][], after: number[]}[]} probe
 *
 * @typedef {[step: number, loss: number | null, accuracy: number]} Mark
 *
 * @typedef {Frame & {points: number[][], labels: number[], is_finite: boolean,
 *   map_size: number, node_map_size: number, history: Mark[]}} LastFrame
 */

const PATH = "/learn/playground";
/** Frames that one request is answered with, and how few may be left when the next is sent. */
const AHEAD = 20;
const FEW = 8;
export const FRAME_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/**
 * @param {object} parts
 * @param {import("./address.js").BendAddress} parts.address
 * @param {() => number} parts.stride steps from one frame to the next while it plays
 * @param {(error: unknown) => void} parts.fail
 */
export function createRun({ address, stride, fail }) {
  /** @type {Set<() => void>} */
  const watchers = new Set();
  /** @type {Frame | null} */
  let frame = null;
  /** @type {{points: number[][], labels: number[]} | null} */
  let data = null;
  /** @type {Mark[]} */
  let history = [];
  /** @type {Frame[]} */
  let ahead = [];
  /** @type {Mark[]} of the frames ahead, shown or not */
  let marks = [];
  let is_playing = false;
  let is_finite = true;
  /** @type {AbortController | null} */
  let request = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const tell = () => watchers.forEach((watch) => watch());
  const isStill = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  /** What comes from now on is of another run, or of other settings. */
  function drop() {
    request?.abort();
    request = null;
    ahead = [];
    marks = [];
  }

  /**
   * @param {Frame | null} from
   * @param {number} steps
   * @param {number} every
   * @param {(frame: Frame) => void} onFrame
   * @returns {Promise<LastFrame | null>} null where something else was asked for meanwhile
   */
  async function ask(from, steps, every, onFrame) {
    request?.abort();
    const mine = new AbortController();
    request = mine;
    const network = from && { step: from.step, layers: from.layers };
    const body = { ...bodyOf(address.get()), steps, every, network };
    const take = (/** @type {Frame} */ each) => request === mine && onFrame(each);
    try {
      const last = await followJson(PATH, body, take, mine.signal);
      if (request !== mine) return null;
      request = null;
      return last;
    } catch (error) {
      if (request !== mine) return null;
      request = null;
      pause();
      fail(error);
      return null;
    }
  }

  /** @param {Frame} next */
  function show(next) {
    frame = next;
    // Events may be left out on their way; the last of an answer has the loss of all of them.
    const passed = marks.filter(([at]) => at > (history.at(-1)?.[0] ?? -1) && at <= next.step);
    history.push(...passed);
    if (history.at(-1)?.[0] !== next.step) history.push([next.step, next.loss, next.accuracy]);
    marks = marks.filter(([at]) => at > next.step);
    tell();
  }

  let is_beginning = false;
  /** @param {{goes_on?: boolean}} [options] goes_on: it plays as soon as it is there */
  async function reset({ goes_on = false } = {}) {
    pause();
    drop();
    is_beginning = true;
    const last = await ask(null, 0, 1, () => undefined);
    if (!last) return;
    is_beginning = false;
    fail(null);
    is_finite = true;
    data = { points: last.points, labels: last.labels };
    history = [];
    show(last);
    if (goes_on) play();
  }

  /** @param {LastFrame} last */
  function end(last) {
    is_finite = last.is_finite;
    fail(null);
  }

  /** Clicks that come while a step is on its way are steps, too. */
  let steps_wanted = 0;
  async function step() {
    steps_wanted += 1;
    if (steps_wanted > 1) return;
    pause();
    drop();
    while (steps_wanted > 0) {
      const last = frame && is_finite ? await ask(frame, 1, 1, () => undefined) : null;
      steps_wanted = last ? steps_wanted - 1 : 0;
      if (!last) return;
      end(last);
      show(last);
    }
  }

  /** To the next multiple of a round; there it stands, so that runs can be compared. */
  let goal = ROUND_STEPS;

  async function fetchAhead() {
    const from = ahead.at(-1) ?? frame;
    if (!from || request || !is_finite || from.step >= goal) return;
    const every = isStill() ? 100 : stride();
    const steps = Math.min(goal - from.step, every * AHEAD);
    let reached = from.step;
    /** @param {Frame} each */
    const take = (each) => {
      if (each.step <= reached) return;
      reached = each.step;
      ahead.push(each);
    };
    const last = await ask(from, steps, every, take);
    if (!last) return;
    end(last);
    take(last);
    marks.push(...last.history);
    if (isStill()) ahead = ahead.slice(-1);
    if (is_playing && isStill()) fetchAhead();
  }

  function play() {
    if (!frame || is_playing || !is_finite) return;
    goal = (Math.floor(frame.step / ROUND_STEPS) + 1) * ROUND_STEPS;
    is_playing = true;
    fetchAhead();
    advance();
    tell();
  }

  function advance() {
    clearTimeout(timer);
    if (!is_playing) return;
    const next = request && isStill() ? undefined : ahead.shift();
    const from = frame?.step ?? 0;
    if (next) show(next);
    if (ahead.length < FEW) fetchAhead();
    const is_over = !next && !request && (!is_finite || (frame?.step ?? 0) >= goal);
    if (is_over) pause();
    else timer = setTimeout(advance, next ? pace(next.step - from) : FRAME_MS);
  }

  /** So many steps a second, also where frames between were left out. @param {number} steps */
  const pace = (steps) => Math.min(LONGEST_PAUSE_MS, FRAME_MS * Math.max(1, steps / stride()));

  function pause() {
    clearTimeout(timer);
    if (!is_playing) return;
    is_playing = false;
    tell();
  }

  let is_looking = false;
  let looks_again = false;
  /** What the network says of the point; while it is dragged, of the newest place only. */
  async function look() {
    looks_again = is_looking;
    // Of weights that are no numbers nobody can say anything.
    if (is_looking || !is_finite) return;
    is_looking = true;
    do {
      looks_again = false;
      const of = frame;
      const last = await ask(of, 0, 1, () => undefined);
      if (last && of && frame === of) {
        frame = { ...of, probe: last.probe };
        tell();
      }
    } while (looks_again);
    is_looking = false;
  }

  onChange(address, ["points", "hidden", "f", "seed"], () => reset({ goes_on: is_playing }));
  onChange(address, ["rate", "momentum"], () => {
    if (is_beginning) return;
    // What was computed ahead was so with the old ones.
    drop();
    if (is_playing) fetchAhead();
  });
  onChange(address, ["probe"], () => {
    if (is_beginning) {
      reset();
      return;
    }
    pause();
    ahead = [];
    marks = [];
    look();
  });

  return {
    reset,
    step,
    play,
    pause,
    get: () => ({ frame, data, history, is_playing, is_finite, goal }),
    /** @param {() => void} watch */
    subscribe: (watch) => watchers.add(watch),
  };
}

/** @typedef {ReturnType<typeof createRun>} Run */

