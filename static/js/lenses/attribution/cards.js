/** The maps beside each other, over what the network sees; their cursors are linked. */

import { gradientOf } from "../../shared/colours.js";
import { setChildren } from "../../shared/children.js";
import { button, element } from "../../shared/element.js";
import { formatPercent, formatShort } from "../../shared/format.js";
import { term } from "../../shared/term.js";
import { paintHeat, scaleOf } from "../../shared/heat.js";
import { USUAL_METHODS } from "./attribution.js";

/** @typedef {import("./attribution.js").Card} Card */

const LARGEST_CARDS = 6;

/** As large as a card: nothing moves when the first real ones come. */
const awaitedCard = () =>
  element(
    "div",
    { class: "why-card is-awaited", attributes: { "aria-hidden": "true" } },
    element("div", { class: "why-card-head" }, element("select", { class: "select why-method", attributes: { disabled: true } })),
    element("div", { class: "why-room" }),
    element("div", { class: "why-legend figure", text: "\u00a0" }),
    element("p", { class: "quiet why-note" }),
  );

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @returns {import("../../page_types.js").View}
 */
export function createWhyCards(parent, context) {
  const { state, attribution } = context;
  parent.className = "why-cards-part";
  const grid = element("div", { class: "why-cards" });
  const readout = element("p", { class: "figure why-readout" });
  /** @type {ReturnType<typeof createCard>[]} */
  let shown = [];

  /** @param {string[]} methods */
  const choose = (methods) => state.change({ methods });

  function update() {
    const { lens, methods } = state.get();
    if (lens !== "why") return;
    const { cards, phase } = attribution.get();
    while (shown.length < cards.length) {
      const place = shown.length;
      shown.push(createCard(context, (name) => replace(place, name), () => remove(place)));
    }
    shown = shown.slice(0, cards.length);
    if (cards.length === 0 && phase !== "problem") {
      const count = methods.length || USUAL_METHODS.length;
      if (grid.childElementCount !== count || !grid.querySelector(".is-awaited")) {
        grid.replaceChildren(...Array.from({ length: count }, awaitedCard));
      }
      showReadout();
      return;
    }
    const nodes = shown.map(({ node }) => node);
    adder.disabled = cards.length >= LARGEST_CARDS;
    setChildren(grid, nodes);
    cards.forEach((card, place) => shown[place].update(card, cards.length > 1));
    showReadout();
  }

  const names = () => attribution.get().cards.map(({ method }) => method.name);

  /** @param {number} place @param {string} name */
  function replace(place, name) {
    const before = names();
    const is_chosen = attribution.chosen()?.method.name === before[place];
    const at = before.indexOf(name);
    const next = [...before];
    // One that stands elsewhere changes places.
    if (at >= 0) next[at] = before[place];
    next[place] = name;
    state.change({ methods: next, ...(is_chosen ? { method: name } : {}) });
  }

  /** @param {number} place */
  function remove(place) {
    choose(names().filter((_, other) => other !== place));
  }

  const adder = button(
    "+ method",
    () => {
      const { catalogue } = attribution.get();
      const next = catalogue?.methods.find(({ name }) => !names().includes(name));
      if (next) choose([...names(), next.name]);
    },
    { class: "button button-small why-add", title: "Another method beside these" },
  );
  const named = element("span", { class: "quiet" }, term("saliency", "saliency maps"));
  parent.append(grid, element("div", { class: "why-under" }, adder, named, readout));

  function showReadout() {
    const at = attribution.cursor.get();
    const { cards } = attribution.get();
    if (!at) {
      readout.textContent = "Point at a map to read it; click one to see it on the large picture.";
      return;
    }
    const values = cards.flatMap((card) => {
      const found = attribution.shown(card);
      if (!found) return [];
      const value = found.heat.values[at.row * found.heat.width + at.column];
      return value === undefined ? [] : [`${card.method.title} ${formatShort(value)}`];
    });
    readout.textContent = `row ${at.row}, column ${at.column}: ${values.join(" · ")}`;
  }

  const ends = [
    attribution.subscribe(update),
    attribution.opacity.subscribe(update),
    state.subscribe(update),
    attribution.cursor.subscribe(() => {
      for (const card of shown) card.mark();
      showReadout();
    }),
  ];
  update();
  return {
    destroy() {
      for (const end of ends) end();
      parent.replaceChildren();
    },
  };
}

/**
 * @param {import("../../page_types.js").Context} context
 * @param {(name: string) => void} onReplace
 * @param {() => void} onRemove
 */
function createCard({ api, state, analysis, attribution }, onReplace, onRemove) {
  const method = element("select", { class: "select why-method" });
  method.setAttribute("aria-label", "Method");
  method.addEventListener("change", () => onReplace(method.value));
  const remove = button("×", onRemove, {
    class: "button button-quiet button-small button-mark",
    title: "Take this method away",
    attributes: { "aria-label": "Take this method away" },
  });
  const picture = element("img", { class: "why-picture", attributes: { alt: "" } });
  const canvas = element("canvas", { class: "why-heat", attributes: { "aria-hidden": "true" } });
  const mark = element("span", { class: "why-mark", attributes: { hidden: true } });
  const progress = element("progress", { attributes: { max: 1, "aria-label": "Computing" } });
  const waiting_text = element("span");
  const stop = button("Stop", () => attribution.stop(method.value), {
    class: "button button-small",
  });
  const waiting = element("div", { class: "why-waiting" }, waiting_text, progress, stop);
  const failure = element("div", { class: "why-failure" });
  const show = button("", () => state.change({ method: method.value }), {
    class: "why-show",
    attributes: { "aria-pressed": "false" },
  });
  show.append(picture, canvas, mark);
  const bar = element("span", { class: "legend-bar", attributes: { "aria-hidden": "true" } });
  bar.style.background = gradientOf("diverging");
  const low = element("span", { text: "\u00a0" }); // the line has its height before its numbers
  const high = element("span");
  const legend = element("div", { class: "why-legend figure" }, low, bar, high);
  const note = element("p", { class: "quiet why-note" });
  const node = element(
    "article",
    { class: "why-card" },
    element("div", { class: "why-card-head" }, method, remove),
    element("div", { class: "why-room" }, show, waiting, failure),
    legend,
    note,
  );
  /** @type {import("../../shared/heat.js").Heat | null} */
  let painted = null;

  show.addEventListener("pointermove", (event) => {
    if (!painted) return;
    const box = show.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * painted.height);
    const column = Math.floor(((event.clientX - box.left) / box.width) * painted.width);
    const inside = row >= 0 && row < painted.height && column >= 0 && column < painted.width;
    attribution.cursor.set(inside ? { row, column } : null);
  });
  show.addEventListener("pointerleave", () => attribution.cursor.set(null));

  let listed = "";
  function listMethods() {
    const { catalogue } = attribution.get();
    if (!catalogue || listed === catalogue.model) return;
    listed = catalogue.model;
    method.replaceChildren(
      ...catalogue.methods.map(({ name, title }) =>
        element("option", { text: title, attributes: { value: name } }),
      ),
    );
  }

  /** @param {Card} card @param {boolean} is_removable */
  function update(card, is_removable) {
    listMethods();
    method.value = card.method.name;
    method.title = card.method.summary;
    remove.hidden = !is_removable;
    const { model, image } = analysis.get();
    if (model && image !== null) {
      const url = api.inputUrl(model.id, image, "png");
      if (picture.getAttribute("src") !== url) picture.src = url;
    }
    const is_chosen = attribution.chosen() === card;
    node.classList.toggle("is-chosen", is_chosen);
    show.setAttribute("aria-pressed", String(is_chosen));
    show.setAttribute("aria-label", `${card.method.title} on the large picture`);
    showWaiting(card);
    const found = attribution.shown(card);
    node.dataset.phase = card.phase;
    canvas.hidden = !found;
    canvas.style.opacity = String(attribution.opacity.get());
    if (found) showMap(card, found);
    else {
      painted = null;
      note.textContent = "";
    }
    // The scale and the words of a map that is not asked for any more would be read as the new one's.
    const is_current = found !== null && (card.phase === "ready" || card.preview !== null);
    legend.classList.toggle("is-invisible", !is_current || scaleOf(found.heat).is_constant);
    note.classList.toggle("is-invisible", !is_current);
  }

  /** @param {Card} card */
  function showWaiting(card) {
    const { phase, done, total, problem } = card;
    waiting.hidden = phase !== "loading";
    show.classList.toggle("is-waiting", phase === "loading" && card.preview === null);
    progress.classList.toggle("is-invisible", total === 0);
    if (total > 0) progress.value = done / total;
    waiting_text.textContent = total > 0 ? `${Math.round((100 * done) / total)}\u202f%` : "waiting";
    failure.hidden = phase !== "problem";
    if (phase !== "problem") return;
    failure.replaceChildren(
      element("p", { text: problem ? problem.message : "Stopped." }),
      button("Compute", () => attribution.reload(), { class: "button button-small" }),
    );
  }

  /** @param {Card} card @param {{heat: import("../../shared/heat.js").Heat, is_difference: boolean}} found */
  function showMap(card, { heat, is_difference }) {
    if (heat !== painted) {
      painted = heat;
      paintHeat(canvas, heat);
    }
    const { limit, minimum, maximum, is_constant } = scaleOf(heat);
    low.textContent = formatShort(-limit);
    high.textContent = `+${formatShort(limit)}`;
    legend.title = `From ${minimum} to ${maximum}; 0 is neutral. The colours span 99.5 % of the \
pixels, the rest have the last one.`;
    const { answer, preview } = card;
    if (preview) {
      const gap = preview.relative_gap === null ? "" : `, gap ${formatPercent(preview.relative_gap)}`;
      note.textContent = `So far, from ${preview.points} points${gap}: it refines.`;
      return;
    }
    note.textContent = noteOf(answer?.document ?? null, heat, is_difference, is_constant);
  }

  /**
   * @param {import("../../types.js").Attribution | null} document
   * @param {import("../../shared/heat.js").Heat} heat
   * @param {boolean} is_difference
   * @param {boolean} is_constant
   */
  function noteOf(document, heat, is_difference, is_constant) {
    const { minimum, maximum } = scaleOf(heat);
    if (is_constant) return `Everywhere ${formatShort(minimum)}: this map tells nothing.`;
    if (is_difference) return "A difference of two methods, each scaled to 1.";
    if (!document) return "";
    if (document.not_finite > 0) return `${document.not_finite} values are not finite.`;
    if (document.completeness && document.completeness.relative_gap !== null) {
      const { total, difference, relative_gap } = document.completeness;
      return `Adds up to ${formatShort(total)} of ${formatShort(difference)}, gap \
${formatPercent(relative_gap)}.`;
    }
    if (maximum <= 0) return "Nothing here speaks for it: all of it is against.";
    return document.layer ? `at ${document.layer}` : "";
  }

  function showMark() {
    const at = attribution.cursor.get();
    mark.hidden = !at || !painted;
    if (!at || !painted) return;
    mark.style.left = `${((at.column + 0.5) / painted.width) * 100}%`;
    mark.style.top = `${((at.row + 0.5) / painted.height) * 100}%`;
  }

  return { node, update, mark: showMark };
}
