/** The challenges of classification: each alone as a strip, one opened, all of them in pairs. */

import { byId, element } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";
import { Problem } from "../../shared/problem.js";
import { editOf } from "./challenges_keys.js";
import { createOpened } from "./challenges_opened.js";
import { createPairs } from "./challenges_pairs.js";
import { createStrip } from "./challenges_strip.js";
import { createSubject } from "./challenges_subject.js";
import { createVariation } from "./challenges_variation.js";

/** @typedef {import("./challenges_subject.js").Subject} Subject */

/**
 * @param {import("../parts/chapter.js").Chapter} chapter
 * @param {import("./challenges_keys.js").ChallengeAddress} address
 * @returns {Promise<void>} once it can be used
 */
export async function createChallenges(chapter, address) {
  const { api } = chapter;
  /** @type {{forget: () => void} | null} */
  let subject_view = null;
  /** A picture that the server has forgotten gives way to another. */
  function part() {
    const { fail, ...rest } = chapter.part();
    return {
      ...rest,
      /** @param {unknown} error */
      fail(error) {
        if (subject_view && error instanceof Problem && error.type === "unknown-image") subject_view.forget();
        else fail(error);
      },
    };
  }
  const own = part();
  const latest = createLatest();
  const bar = element("progress", {
    class: "challenge-progress",
    attributes: { max: 23, value: 0, "aria-label": "Pictures looked at" },
  });
  bar.hidden = true;
  const variation = createVariation(part(), address);
  const strip = createStrip(byId("challenge-strip"), {
    ...{ api, address, variation },
    onOpen: () => opened.bringIntoSight(),
  });
  strip.node.after(bar);
  const opened = createOpened(byId("challenge-opened"), { chapter: part(), address, variation });
  const pairs = createPairs({ api, address });

  /** @type {Subject | null} */
  let subject = null;
  let asked = "";
  /** What the answer on the page is about. */
  let shown_of = "";

  /** @param {Subject} of */
  const nameOf = ({ model, image, class_index }) => JSON.stringify([model.id, image, class_index]);

  function ask() {
    if (!subject) return;
    const { model, image, class_index, preparation } = subject;
    const query = { model: model.id, image, class: class_index, preparation, ...editOf(address.get()) };
    const wanted = JSON.stringify(query);
    if (wanted === asked) return;
    asked = wanted;
    const name = nameOf(subject);
    for (const each of [strip, pairs]) each.wait(name !== shown_of);
    if (name !== shown_of) {
      variation.forget();
      byId("challenge-class").textContent = "its class";
    }
    bar.value = 0;
    bar.hidden = false;
    const of = subject;
    latest.run(
      (signal) => api.challenges(query, (done) => (bar.value = done), signal),
      (answer) => {
        bar.hidden = true;
        shown_of = name;
        own.fail(null);
        byId("challenge-class").textContent = `“${answer.label}”`;
        strip.show(answer);
        pairs.show(answer, of);
        opened.follow(of, answer);
        variation.follow(of, { index: answer.class, label: answer.label });
      },
      (error) => {
        bar.hidden = true;
        asked = "";
        own.fail(error);
      },
    );
  }

  address.subscribe(() => {
    strip.update(subject?.image ?? null);
    opened.update();
    pairs.update();
    ask();
  });
  subject_view = await createSubject(part(), address, (next) => {
    subject = next;
    strip.update(next.image);
    opened.look(next);
    ask();
  });
}
