/** One challenge opened: its picture, the curve of the probability, and who takes over. */

import { element, setText, svg } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";
import { pageLink } from "../parts/links.js";
import { createPlot } from "../parts/plot.js";
import { textFromEdit } from "../../address/picture_edit.js";
import { VARIATION, challengeNamed, editOf } from "./challenges_keys.js";
import { createHurts } from "./challenges_hurts.js";
import { createAmountField } from "./challenges_strip.js";

const VALUES = 25;
const PICTURE_PX = 640;
/** Besides the class itself. */
const TAKEN_OVER_BY = 2;
const TONES = ["first", "second", "third"];
/** It is in sight where it begins above this share of the window. */
const MOSTLY_SEEN = 0.6;

const stands_still = window.matchMedia("(prefers-reduced-motion: reduce)");

/** @typedef {import("./challenges_subject.js").Subject} Subject */

/**
 * @param {HTMLElement} parent
 * @param {object} parts
 * @param {import("../parts/chapter.js").Chapter} parts.chapter
 * @param {import("./challenges_keys.js").ChallengeAddress} parts.address
 * @param {import("./challenges_variation.js").Variation} parts.variation
 */
export function createOpened(parent, { chapter, address, variation }) {
  const { api, fail } = chapter;
  const latest = createLatest();
  const heading = element("h3");
  const done = element("p");
  const picture = element("img", { class: "challenge-large" });
  const fields = element("div", { class: "challenge-fields" });
  const link = element("p", { class: "challenge-note" });
  const room = element("div", { class: "challenge-curve" });
  const words = element("p", { class: "challenge-note", attributes: { role: "status" } });
  const hurts = createHurts(chapter.part(), address, () =>
    subject && followed ? { subject, class_index: followed.index } : null,
  );
  const sides = element(
    "div",
    { class: "challenge-sides" },
    element("figure", { class: "challenge-figure" }, picture),
    element("div", {}, done, fields, hurts.node, room, words, link),
  );
  parent.append(heading, sides, variation.node);
  const plot = createPlot(room, {
    title: "Probability by how much is done",
    x: { low: 0, high: 1, label: "" },
    y: { low: 0, high: 1.02, label: "probability", ticks: 4 },
    aspect: 0.36,
    highest_px: 300,
    is_named_above: true,
  });
  /** @type {Subject | null} */
  let subject = null;
  /** @type {{index: number, label: string} | null} */
  let followed = null;
  /** Of the picture under this challenge alone, the highest first. @type {(name: string) => Named[]} */
  let highestUnder = () => [];
  let built = "";
  /** @type {{update: () => void}[]} */
  let amount_fields = [];
  let asked = "";

  function build() {
    const { ch_open } = address.get();
    const challenge = challengeNamed(ch_open);
    sides.hidden = !challenge;
    variation.node.hidden = ch_open !== VARIATION;
    if (built === ch_open) return;
    built = ch_open;
    heading.textContent = challenge?.title ?? "Variation within the class";
    hurts.node.hidden = ch_open !== "occlusion";
    if (!challenge) return;
    done.textContent = challenge.done;
    // The amount stands on the card, too: on a phone that is a screen away.
    const made = [challenge.amount, ...challenge.more].map((each) => createAmountField(each, address));
    amount_fields = made;
    fields.replaceChildren(...made.map(({ node }) => node));
    picture.alt = `The picture, changed: ${challenge.title.toLowerCase()}`;
    const { label, low, high, unit } = challenge.amount;
    plot.setAxes({ x: { low, high, label: `${label}, ${unit}` } });
    forget();
  }

  /** What was there, and what is on its way, is of another challenge or another picture. */
  function forget() {
    plot.showCurves([]);
    latest.cancel();
    asked = "";
    words.textContent = "…";
    room.dataset.points = "0";
    room.removeAttribute("data-stale");
  }

  function update() {
    build();
    const challenge = challengeNamed(address.get().ch_open);
    if (!challenge || !subject) return;
    for (const field of amount_fields) field.update();
    const edit = editOf(address.get(), [challenge.name]);
    const source = api.editedUrl(subject.image, { ...edit, most_px: PICTURE_PX });
    if (picture.getAttribute("src") !== source) picture.src = source;
    link.replaceChildren(
      pageLink("This picture in the microscope", {
        model: subject.model.id,
        image: subject.image,
        lens: "what-if",
        seen: textFromEdit(edit),
        preparation: subject.preparation,
      }),
    );
    plot.showMarks((scales) => {
      const { key, factor } = challenge.amount;
      const at = scales.x.to(address.get()[key] * factor);
      return [svg("path", { class: "challenge-here", d: `M${at} ${scales.y.to(1.02)}V${scales.y.to(0)}` })];
    });
    ask();
  }

  function ask() {
    const challenge = challengeNamed(address.get().ch_open);
    if (!challenge || !subject || !followed) return;
    const { amount } = challenge;
    const rest = editOf(address.get(), [challenge.name]);
    delete rest[amount.property];
    const { model, image, preparation } = subject;
    const query = {
      ...{ model: model.id, image, preparation, ...rest, swept: amount.property, values: VALUES },
      ...{ start: amount.low / amount.factor, stop: amount.high / amount.factor },
    };
    const wanted = JSON.stringify([query, followed.index]);
    if (wanted === asked) return;
    asked = wanted;
    const of = followed;
    room.toggleAttribute("data-stale", room.dataset.points !== "0");
    latest.run(
      async (signal) => {
        const ignore = () => undefined;
        const found = await api.sweep({ ...query, classes: of.index }, ignore, signal);
        const takers = takersOf(found, of.index);
        // Kept by the server: this only tells of more classes.
        const next = highestUnder(challenge.name).map(({ index }) => index);
        const seen = [...new Set([of.index, ...takers.map(({ index }) => index), ...next])];
        const classes = seen.slice(0, 1 + TAKEN_OVER_BY).join(",");
        return { takers, found: await api.sweep({ ...query, classes }, ignore, signal) };
      },
      ({ takers, found }) => {
        fail(null);
        room.removeAttribute("data-stale");
        room.dataset.points = String(found.points.length);
        show(found, takers, challenge, of);
      },
      (error) => {
        asked = "";
        fail(error);
      },
    );
  }

  /**
   * @param {import("../../types.js").Sweep} found
   * @param {Taker[]} takers
   * @param {import("./challenges_keys.js").Challenge} challenge
   * @param {{index: number, label: string}} of
   */
  function show({ points }, takers, { amount: { factor } }, of) {
    plot.showCurves(
      points[0].classes.map(({ label }, place) => ({
        name: label,
        tone: TONES[place],
        points: points.map(({ value, classes }) => [value * factor, classes[place].probability]),
      })),
    );
    const kept = points.filter(({ best }) => best.index === of.index).length;
    const others = takers.map(({ label, count }) => `“${label}” at ${count}`).join(", ");
    const taken = others ? `; what takes over most: ${others}.` : ".";
    setText(words, `Of ${points.length} amounts, “${of.label}” is the highest at ${kept}${taken}`);
  }

  build();
  return {
    update,

    /** Somebody opened it; on a phone it is below what they see. */
    bringIntoSight() {
      const { top } = parent.getBoundingClientRect();
      if (top > 0 && top < window.innerHeight * MOSTLY_SEEN) return;
      parent.scrollIntoView({ behavior: stands_still.matches ? "instant" : "smooth", block: "start" });
    },

    /** @param {Subject} next */
    look(next) {
      const is_other = JSON.stringify(next) !== JSON.stringify(subject);
      subject = next;
      if (is_other) {
        followed = null;
        hurts.forget();
        forget();
      }
      update();
    },

    /** @param {Subject} of @param {import("../../types.js").Challenges} answer */
    follow(of, { class: index, label, pictures }) {
      const its_class = { index, label };
      highestUnder = (name) =>
        pictures.find(({ challenges }) => challenges.join() === name)?.classes ?? [];
      subject = of;
      followed = its_class;
      update();
    },
  };
}

/**
 * The classes that are the highest in place of another, the most often first.
 *
 * @typedef {{index: number, label: string}} Named
 * @typedef {Named & {count: number}} Taker
 *
 * @param {import("../../types.js").Sweep} sweep
 * @param {number} followed
 * @returns {Taker[]}
 */
function takersOf({ points }, followed) {
  /** @type {Map<number, Taker>} */
  const counted = new Map();
  for (const { best: { index, label } } of points) {
    if (index === followed) continue;
    counted.set(index, { index, label, count: (counted.get(index)?.count ?? 0) + 1 });
  }
  return [...counted.values()].sort((one, other) => other.count - one.count).slice(0, TAKEN_OVER_BY);
}
