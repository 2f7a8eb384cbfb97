/** One digit under ten templates: products, sums, biases, and the largest score. */

import { readable } from "../../lenses/arithmetic/values.js";
import { byId, setText } from "../../shared/element.js";
import { decodeNpy } from "../../shared/maps.js";
import { createNumberField } from "../../shared/number_field.js";
import { Problem } from "../../shared/problem.js";
import { createDigitChoice } from "../parts/digit_choice.js";
import { createDigitPad } from "../parts/digit_pad.js";
import { createFormula } from "../parts/formula.js";
import { createNewest } from "../parts/newest.js";
import { DIGIT_PX, LARGEST_SCORE, LAYER, MODEL, MOST_PX, PIXELS } from "./address.js";
import { createMovedDigit, moveText } from "./moved_digit.js";
import { createScoreTiles } from "./score_tiles.js";
import {
  createPixelMark,
  createPixelPicture,
  createSignedPicture,
  paintSigned,
} from "./signed_picture.js";

/** @typedef {import("../../types.js").TemplateScores} TemplateScores */
/** @typedef {Parameters<import("../../api/api.js").Api["templateScores"]>[1]} Query */

/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Nothing gives up a digit of a few hundred bytes. */
const leaving = new AbortController().signal;

/**
 * @param {import("./address.js").Address} address
 * @param {import("../parts/chapter.js").Chapter} chapter
 * @param {(found: TemplateScores) => void} onScores
 * @returns {Promise<void>} once the first scores are there
 */
export async function createFall(address, { api, fail }, onScores) {
  const weights = decodeNpy(await api.filterWeights({ model: MODEL, layer: LAYER, format: "npy" }));
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const formula = createFormula("templates.score");
  const pixel_formula = createFormula("templates.pixel");
  const results = ["fall-scores", "fall-product", "fall-verdict"].map(byId);
  /** As the server keeps it, and which digit of the address it is. */
  let image = { id: "", is: "" };
  /** Which digit is being sent. */
  let sending = "";
  /** @type {TemplateScores | null} */
  let found = null;

  const digit = createMovedDigit(byId("fall-digit"), (move) => address.change(move));
  const template = createSignedPicture(byId("fall-template"), "The template: red for, blue against");
  const products = createPixelPicture(byId("fall-products"), (pixel) => address.change({ pixel }));
  const marks = [digit.node, template.frame, products.node].map((frame) => {
    const mark = createPixelMark();
    frame.append(mark.node);
    return mark;
  });
  const tiles = createScoreTiles(byId("fall-scores"), (index) => {
    // The same once more: whichever is the largest, again.
    const is_again = address.get().template === index;
    address.change({ template: is_again ? LARGEST_SCORE : index }, { step: true });
  });
  tiles.showTemplates(weights, largest);

  const choice = createDigitChoice(api, {
    get: address.get,
    onChoose: (chosen) => address.change({ ...chosen, right: 0, down: 0 }, { step: true }),
  });
  const moves = [
    { name: /** @type {const} */ ("right"), label: "to the right" },
    { name: /** @type {const} */ ("down"), label: "down" },
  ].map(({ name, label }) => {
    const field = createNumberField({
      ...{ label, low: -MOST_PX, high: MOST_PX, step: 1, value: address.get()[name], unit: "px" },
      onChange: (value) => address.change({ [name]: value }),
    });
    return { name, field };
  });
  byId("fall-tools").append(choice.node, ...moves.map(({ field }) => field.node));
  createDigitPad(byId("fall-pad"), {
    api,
    fail,
    first: null, // the digit in the hand stays until one is drawn
    // It shows where it was drawn, wherever the one before was moved to.
    onDigit: (drawing) => address.change({ drawing, right: 0, down: 0 }),
  });

  /** Which digit the address names. */
  function named() {
    const { digit: which, number, drawing } = address.get();
    return drawing || `${which} ${number}`;
  }

  /** Has the server keep the digit of the address, and asks about it. */
  async function load() {
    const { digit: which, number, drawing } = address.get();
    const is = named();
    let id = drawing;
    sending = is;
    wait();
    try {
      if (id === "") {
        const file = await api.heldOutDigit(which, number);
        const sent = { signal: leaving, onProgress: () => undefined };
        ({ id } = await api.uploadImage(file, "digit.png", sent));
      }
    } finally {
      if (sending === is) sending = "";
    }
    if (named() !== is) return;
    image = { id, is };
    await ask();
  }

  /** What stands there is of another question. */
  function wait() {
    for (const part of results) part.dataset.stale = "";
  }

  // The scores follow the hand: what was found last stays until the next is there.
  const newest = createNewest(
    (/** @type {Query} */ query) => api.templateScores(MODEL, query, leaving),
    (answer, { image: id }) => {
      if (id !== image.id || image.is !== named()) return; // another digit's
      found = answer;
      show();
      if (newest.isBehind()) wait();
      onScores(answer);
    },
    (error) => {
      if (error !== null && newest.isBehind()) return; // the next says it again
      const is_forgotten = error instanceof Problem && error.type === "unknown-image";
      if (!is_forgotten) fail(error);
      else if (address.get().drawing === "") load().catch(fail);
      else address.change({ drawing: "" }); // a held-out digit takes its place
    },
  );

  /** @returns {Promise<void>} */
  async function ask() {
    const { right, down, template: picked } = address.get();
    wait();
    // What is being sent is asked about once it is there; what could not be sent is sent again.
    if (sending === named()) return undefined;
    if (image.is !== named()) return load().catch(fail);
    const query = {
      ...{ image: image.id, right, down, preparation: "as-drawn" },
      template: picked === LARGEST_SCORE ? null : picked,
    };
    return newest.want(query);
  }

  function show() {
    if (!found) return;
    const { classes, best, input, products: terms, template: picked, right, down } = found;
    for (const part of results) delete part.dataset.stale;
    digit.showInput(input, { right, down });
    paintSigned(template.canvas, weightsOf(picked), largest);
    paintSigned(products.canvas, terms, largest);
    for (const each of document.querySelectorAll("[data-template]")) each.textContent = String(picked);
    tiles.show(found);
    const { positive, negative, bias, score } = classes[picked];
    formula.fill({ positive, negative, bias, score });
    const [first, second] = [...classes].sort((one, other) => other.score - one.score);
    const verdict = byId("fall-verdict");
    verdict.dataset.value = String(best);
    setText(
      verdict,
      `${capital(moveText({ right, down }))}, it says ${first.label}${judged(best)}. The score of ${second.label} is ${readable(first.score - second.score)} lower.`,
    );
    showPixel();
  }

  /** @param {number} best @returns {string} nothing of a drawing: nobody has said what it is */
  function judged(best) {
    const { drawing, digit: which } = address.get();
    if (drawing !== "") return "";
    return best === which ? ", and is right" : `, and is wrong: it is a ${which}`;
  }

  /** @param {number} index */
  const weightsOf = (index) => weights.subarray(index * PIXELS, (index + 1) * PIXELS);

  function showPixel() {
    const { pixel } = address.get();
    products.show(pixel);
    for (const mark of marks) mark.show(pixel);
    if (!found) return;
    const [row, column] = [Math.floor(pixel / DIGIT_PX) + 1, (pixel % DIGIT_PX) + 1];
    setText(byId("fall-pixel"), `number ${pixel + 1} of 784, in row ${row}, column ${column}: weight times ink`);
    pixel_formula.fill({
      weight: weightsOf(found.template)[pixel],
      ink: found.input[pixel],
      product: found.products[pixel],
    });
  }

  function showAddress() {
    const now = address.get();
    digit.showMove(now);
    for (const { name, field } of moves) field.show(now[name]);
    choice.show();
    showPixel();
  }

  address.subscribe((now, before) => {
    /** @param {(keyof import("./address.js").Shown)[]} names */
    const isOther = (...names) => names.some((name) => now[name] !== before[name]);
    if (isOther("digit", "number", "drawing")) load().catch(fail);
    else if (isOther("right", "down", "template")) ask();
    showAddress();
  });
  showAddress();
  await load();
}
