/** Which network looks at what: a photograph, or with a network that reads digits a held-out digit. */

import { byId, element } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";
import { createRandomBadge } from "../../shared/random_badge.js";
import { createOwnPicture } from "../parts/own_picture.js";
import { createGroupedChoice, createTrueClass } from "../parts/true_class.js";
import { DEFAULT_NETWORK, FIRST_EXAMPLE, MOST_NUMBER } from "./challenges_keys.js";

/**
 * @typedef {object} Subject
 * @property {import("../../types.js").Model} model
 * @property {string} image
 * @property {number | null} class_index what it shows; null: what the network says it does
 * @property {string | null} preparation
 */

/**
 * @param {import("../parts/chapter.js").Chapter} chapter
 * @param {import("./challenges_keys.js").ChallengeAddress} address
 * @param {(subject: Subject) => void} onSubject now and after every change
 */
export async function createSubject({ api, fail }, address, onSubject) {
  const places = { picture: byId("challenge-picture"), digits: byId("challenge-digits") };
  const network = createGroupedChoice("Network", (id) =>
    address.change({ ch_network: id, ch_class: -1, ch_pair: "" }, { step: true }),
  );
  const truth = createTrueClass("What it shows", (index) =>
    address.change({ ch_class: index, ch_pair: "" }, { step: true }),
  );
  const random = createRandomBadge();
  byId("challenge-choices").append(network.node, random.node, truth.node);
  const { models, default_model } = await api.models();
  const offered = models.filter(({ weights, classes }) => weights.status === "ready" && classes > 1);
  /** @param {boolean} is_random @returns {[string, string][]} */
  const named = (is_random) =>
    offered
      .filter(({ origin }) => (origin === "random") === is_random)
      .map(({ id, title }) => [id, `${title} · ${id}`]);
  network.offer({ Trained: named(false), "Random weights": named(true) });

  let photograph = "";
  /** Of the digits that the server keeps, by digit and number. @type {Map<string, string>} */
  const kept = new Map();
  const digit = createLatest();
  const scores = createLatest();
  /** Of what the classes are offered. */
  let offered_for = "";

  function model() {
    const ids = [address.get().ch_network, DEFAULT_NETWORK, default_model];
    return ids.flatMap((id) => offered.find((each) => each.id === id) ?? [])[0] ?? offered[0];
  }

  const digit_buttons = Array.from({ length: 10 }, (_, each) =>
    element(
      "button",
      {
        class: "challenge-digit",
        attributes: { type: "button", "aria-label": `A held-out ${each}` },
        on: { click: () => take(each) },
      },
      element("img", { attributes: { alt: "", width: 28, height: 28 } }),
    ),
  );
  places.digits.append(
    ...digit_buttons,
    element("span", { class: "challenge-note", text: "Press the chosen digit again for another one of its kind." }),
  );

  /** @param {number} wanted */
  function take(wanted) {
    const { ch_digit, ch_number } = address.get();
    const next = wanted === ch_digit ? (ch_number + 1) % (MOST_NUMBER + 1) : 0;
    address.change({ ch_digit: wanted, ch_number: next, ch_pair: "" }, { step: true });
  }

  function look() {
    const chosen = model();
    const reads_digits = chosen.input_kind === "digit";
    network.select(chosen.id);
    random.show(chosen);
    places.picture.hidden = reads_digits;
    places.digits.hidden = !reads_digits;
    truth.node.hidden = reads_digits;
    byId("challenges").classList.toggle("is-of-digits", reads_digits);
    if (reads_digits) lookAtDigit(chosen);
    else if (photograph) lookAtPhotograph(chosen);
  }

  /** @param {import("../../types.js").Model} chosen */
  function lookAtPhotograph(chosen) {
    digit.cancel();
    const { ch_class } = address.get();
    const class_index = ch_class >= 0 && ch_class < chosen.classes ? ch_class : null;
    onSubject({ model: chosen, image: photograph, class_index, preparation: null });
    const wanted = `${chosen.id} ${photograph}`;
    if (offered_for === wanted) {
      if (class_index !== null) truth.select(class_index);
      return;
    }
    scores.run(
      (signal) => api.predictions(chosen.id, photograph, chosen.classes, signal),
      ({ classes }) => {
        offered_for = wanted;
        truth.offer(classes);
        truth.select(class_index ?? classes[0].index);
      },
      fail,
    );
  }

  /** @param {import("../../types.js").Model} chosen */
  function lookAtDigit(chosen) {
    const { ch_digit, ch_number } = address.get();
    for (const [each, node] of digit_buttons.entries()) {
      node.setAttribute("aria-pressed", String(each === ch_digit));
      const picture = /** @type {HTMLImageElement} */ (node.firstChild);
      const source = api.heldOutDigitUrl(each, each === ch_digit ? ch_number : 0);
      if (picture.getAttribute("src") !== source) picture.src = source;
    }
    const name = `${ch_digit} ${ch_number}`;
    digit.run(
      async (signal) => {
        const known = kept.get(name);
        if (known) return known;
        const file = await api.heldOutDigit(ch_digit, ch_number, signal);
        const { id } = await api.uploadImage(file, "digit.png", { signal, onProgress: () => undefined });
        return id;
      },
      (image) => {
        kept.set(name, image);
        onSubject({ model: chosen, image, class_index: ch_digit, preparation: "as-drawn" });
      },
      fail,
    );
  }

  /** What was said of the photograph; the browser's Back brings other words with another one. */
  function said() {
    const { ch_class, ch_pair, ch_others } = address.get();
    return JSON.stringify([ch_class, ch_pair, ch_others]);
  }
  let said_of_photograph = said();
  const own = await createOwnPicture(places.picture, {
    api,
    address,
    first: FIRST_EXAMPLE,
    onPicture(image) {
      // What another picture shows is another thing, and its other pictures too.
      if (photograph && image !== photograph && said() === said_of_photograph) {
        address.change({ ch_class: -1, ch_pair: "", ch_others: "" });
      }
      photograph = image;
      said_of_photograph = said();
      look();
    },
  });
  let before = address.get();
  address.subscribe((now) => {
    const keys = /** @type {const} */ (["ch_network", "ch_class", "ch_digit", "ch_number"]);
    if (keys.some((key) => now[key] !== before[key])) look();
    said_of_photograph = said();
    before = now;
  });
  look();
  return {
    /** The server does not keep the picture any more. */
    forget() {
      if (model().input_kind !== "digit") {
        own.forget();
        return;
      }
      kept.clear();
      look();
    },
  };
}
