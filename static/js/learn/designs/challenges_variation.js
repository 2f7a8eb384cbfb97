/** Variation within a class: many things of one kind, each with its score. */

import { button, element, setText } from "../../shared/element.js";
import { formatPercent } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { Problem } from "../../shared/problem.js";
import { VARIATION } from "./challenges_keys.js";

/** Of the 100 digits, so many are shown at first: the hardest. */
const FIRST_SHOWN = 20;
/** On the card. */
const ON_CARD = 9;
const MOST_OTHERS = 12;

/** @typedef {import("./challenges_subject.js").Subject} Subject */
/** @typedef {{source: string, probability: number | null, says: string, is_right: boolean,
 *   name: string, onRemove?: () => void}} Member  One thing of the class. */

/** @typedef {ReturnType<typeof createVariation>} Variation */

/**
 * @param {import("../parts/chapter.js").Chapter} chapter
 * @param {import("./challenges_keys.js").ChallengeAddress} address
 */
export function createVariation({ api, fail }, address) {
  const collage = element("span", { class: "challenge-collage" });
  const counted = element("span", { class: "figure" });
  const told = element("span", { class: "challenge-says" });
  const card = element(
    "div",
    { class: "challenge-card is-variation", attributes: { "data-challenge": VARIATION } },
    element(
      "button",
      {
        class: "challenge-open",
        attributes: { type: "button", "aria-label": "Open: Variation within the class" },
        on: { click: () => address.change({ ch_open: VARIATION }, { step: true }) },
      },
      element("span", { class: "challenge-title", text: "Variation in the class" }),
      collage,
    ),
    element("p", { class: "challenge-share" }, counted),
    told,
  );
  const words = element("p", { attributes: { role: "status" } });
  const list = element("ul", { class: "challenge-members" });
  const more = button("Show all 100", () => showDigits(true), { class: "button button-small" });
  const file = element("input", {
    class: "visually-hidden",
    attributes: { type: "file", accept: "image/*", multiple: true, tabindex: -1, "aria-label": "Picture files" },
    on: {
      change() {
        add([...(file.files ?? [])]);
        file.value = "";
      },
    },
  });
  const examples = element("span", { class: "challenge-examples", attributes: { role: "group", "aria-label": "Examples to add" } });
  const tools = element(
    "div",
    { class: "challenge-fields" },
    button("Add pictures of the same…", () => file.click(), { class: "button button-small" }),
    file,
    element("span", { class: "challenge-note", text: "or an example:" }),
    examples,
  );
  const node = element("div", { class: "challenge-variation" }, words, list, more, tools);

  const latest = createLatest();
  const sending = createLatest();
  /** @type {Subject | null} */
  let subject = null;
  let followed = { index: -1, label: "" };
  let asked = "";
  /** @type {import("../../types.js").Variation | null} */
  let digits = null;

  api.examples().then(
    ({ examples: given }) => {
      examples.replaceChildren(
        ...given.map(({ id, title }) =>
          element(
            "button",
            {
              class: "example",
              attributes: { type: "button", "aria-label": `Add: ${title}` },
              on: { click: () => keep([id]) },
            },
            element("img", { attributes: { src: api.thumbnailUrl(id), alt: "" } }),
          ),
        ),
      );
    },
    fail,
  );

  const others = () => address.get().ch_others.split(",").filter(Boolean);

  /** @param {string[]} ids */
  function keep(ids) {
    const all = [...new Set([...others(), ...ids])].filter((id) => id !== subject?.image);
    address.change({ ch_others: all.slice(-MOST_OTHERS).join(",") }, { step: true });
  }

  /** @param {File[]} files */
  function add(files) {
    sending.run(
      async (signal) => {
        const sent = [];
        for (const each of files.slice(0, MOST_OTHERS)) {
          sent.push((await api.uploadImage(each, each.name, { signal, onProgress: () => undefined })).id);
        }
        return sent;
      },
      (ids) => {
        fail(null);
        keep(ids);
      },
      fail,
    );
  }

  function ask() {
    if (!subject || followed.index < 0) return;
    const { model, image } = subject;
    const reads_digits = model.input_kind === "digit";
    tools.hidden = reads_digits;
    const wanted = JSON.stringify([model.id, followed.index, reads_digits || [image, others()]]);
    if (wanted === asked) return;
    asked = wanted;
    node.toggleAttribute("data-stale", list.childElementCount > 0);
    const failed = (/** @type {unknown} */ error) => {
      asked = "";
      fail(error);
    };
    if (reads_digits) {
      latest.run(
        (signal) => api.variation(model.id, followed.index, signal),
        (found) => {
          digits = found;
          showDigits(false);
        },
        failed,
      );
    } else {
      const { label } = followed;
      latest.run((signal) => photographs(model, image, signal), (found) => showPhotographs(found, label), failed);
    }
  }

  /**
   * @param {import("../../types.js").Model} model
   * @param {string} image
   * @param {AbortSignal} signal
   * @returns {Promise<Member[]>}
   */
  async function photographs(model, image, signal) {
    const members = [];
    for (const id of [image, ...others()]) {
      let found;
      try {
        found = await api.predictions(model.id, id, model.classes, signal);
      } catch (error) {
        const is_forgotten = error instanceof Problem && error.type === "unknown-image" && id !== image;
        if (!is_forgotten) throw error;
        remove(id);
        continue;
      }
      const [best] = found.classes;
      members.push({
        source: api.thumbnailUrl(id),
        probability: found.classes.find(({ index }) => index === followed.index)?.probability ?? null,
        says: best.label,
        is_right: best.index === followed.index,
        name: id === image ? "the picture itself" : `picture ${members.length + 1}`,
        ...(id === image ? {} : { onRemove: () => remove(id) }),
      });
    }
    return members;
  }

  /** @param {string} id */
  function remove(id) {
    address.change({ ch_others: others().filter((each) => each !== id).join(",") });
  }

  /** @param {Member[]} members @param {string} label */
  function showPhotographs(members, label) {
    more.hidden = true;
    const right = members.filter(({ is_right }) => is_right).length;
    setText(
      words,
      members.length > 1
        ? `${right} of ${members.length} pictures are read as “${label}”.`
        : `One word for many looks: add other pictures that show “${label}”, and see which are read so.`,
    );
    show(members, right, members.length);
  }

  /** @param {boolean} is_whole */
  function showDigits(is_whole) {
    if (!digits) return;
    const { digit, correct, digits: all } = digits;
    const hardest = [...all].sort((one, other) => (one.probability ?? 0) - (other.probability ?? 0));
    more.hidden = is_whole;
    setText(
      words,
      `${correct} of ${all.length} held-out ${digit}s are read right, ${all.length - correct} wrong. The hardest first:`,
    );
    const members = hardest.slice(0, is_whole ? all.length : FIRST_SHOWN).map(({ number, probability, best }) => ({
      source: api.heldOutDigitUrl(digit, number),
      probability,
      says: best.label,
      is_right: best.index === digit,
      name: `${digit}, number ${number}`,
    }));
    show(members, correct, all.length);
  }

  /** @param {Member[]} members @param {number} right @param {number} count */
  function show(members, right, count) {
    fail(null);
    node.removeAttribute("data-stale");
    node.dataset.network = subject?.model.id ?? "";
    node.dataset.right = String(right);
    node.dataset.count = String(count);
    collage.dataset.count = String(Math.min(ON_CARD, members.length));
    collage.replaceChildren(
      ...members.slice(0, ON_CARD).map(({ source }) => element("img", { attributes: { src: source, alt: "" } })),
    );
    counted.textContent = count > 1 ? `${right} of ${count}` : "";
    told.textContent = count > 1 ? "read right" : "Open it, and add other pictures of the same.";
    list.replaceChildren(...members.map(memberNode));
  }

  address.subscribe(ask);
  return {
    card,
    node,

    /** Something else is looked at; what was found is of another class. */
    forget() {
      latest.cancel();
      [asked, digits, followed] = ["", null, { index: -1, label: "" }];
      collage.replaceChildren();
      list.replaceChildren();
      counted.textContent = "…";
      told.textContent = "";
      setText(words, "…");
      more.hidden = true;
    },

    /** @param {Subject} of @param {{index: number, label: string}} its_class */
    follow(of, its_class) {
      subject = of;
      followed = its_class;
      ask();
    },
  };
}

/** @param {Member} member */
function memberNode({ source, probability, says, is_right, name, onRemove }) {
  return element(
    "li",
    { class: `challenge-member${is_right ? "" : " is-lost"}` },
    element("img", { attributes: { src: source, alt: name, loading: "lazy" } }),
    element("span", { class: "figure", text: formatPercent(probability) }),
    element("span", { class: "challenge-says", text: is_right ? "right" : `“${says}”` }),
    onRemove
      ? button("Remove", onRemove, { class: "button button-small", attributes: { "aria-label": `Remove ${name}` } })
      : null,
  );
}
