/** The picture that excites a channel most, as it comes about. */

import { button, element } from "../../shared/element.js";
import { formatShort } from "../../shared/format.js";

/**
 * @param {import("../../page_types.js").MaximisationEvent} event the last one
 * @param {number} seed that was asked for
 */
function outcomeOf({ start, end, moved, started_from }, seed) {
  if (moved === false) {
    return "Nothing moves it: from eight different noises this channel answers to no change of \
any pixel, so this is the first noise as it is.";
  }
  const [in_noise, here] = [start, end].map((value) =>
    typeof value === "number" ? formatShort(value) : "not a number",
  );
  const climbed = `mean ${in_noise} in noise, ${here} here`;
  return started_from === undefined || started_from === seed
    ? climbed
    : `${climbed}; begun from seed ${started_from}, because from seed ${seed} nothing moves`;
}

/**
 * @param {HTMLElement} parent
 * @param {import("../../page_types.js").Context} context
 * @param {{channel: () => number | null}} options
 * @returns {import("../../page_types.js").View & {update: () => void}}
 */
export function createMaximisationView(parent, { api, network }, { channel }) {
  const start = button("Maximise", toggle, {
    class: "button button-small",
    title: "Climb from noise to the picture that excites this channel most",
  });
  const seed = element("input", {
    class: "seed",
    attributes: { type: "number", min: 0, max: 999_999, value: 0, "aria-label": "Seed" },
  });
  const picture = element("img", { class: "looks-picture", attributes: { alt: "", hidden: true } });
  const room = element("div", { class: "looks-room" }, picture);
  const progress = element("progress", {
    attributes: { max: 1, value: 0, "aria-label": "Steps done", hidden: true },
  });
  const words = element("span", { attributes: { role: "status" } });
  const saves = element("span", { class: "quiet" });
  parent.append(
    element("div", { class: "toolbar" }, start, element("label", { class: "quiet" }, "seed ", seed)),
    room,
    progress,
    element("figcaption", { class: "quiet" }, words),
    saves,
  );
  /** @type {(() => void) | null} */
  let stop = null;
  /** Of which channel the picture is. */
  let shown = "";

  function request() {
    const { detail } = network.get();
    const layer = network.selected();
    const chosen = channel();
    if (!detail || !layer || chosen === null) return null;
    return { model: detail.id, layer: layer.id, channel: chosen };
  }

  function toggle() {
    if (stop) {
      finish();
      words.textContent = "Stopped.";
      return;
    }
    const query = request();
    if (!query) return;
    const climb = { ...query, seed: Math.min(Math.max(Math.floor(seed.valueAsNumber) || 0, 0), 999_999) };
    clear();
    shown = JSON.stringify(query);
    start.textContent = "Stop";
    progress.hidden = false;
    words.textContent = "starting …";
    stop = api.watchMaximisation(
      climb,
      (event, is_done) => {
        if (event.preview) {
          picture.src = `data:image/png;base64,${event.preview}`;
          picture.alt = `What excites channel ${query.channel} most`;
          picture.hidden = false;
        }
        if (is_done) {
          finish();
          words.textContent = outcomeOf(event, climb.seed);
          showSaves(climb);
          return;
        }
        const { done = 0, total = 0 } = event;
        progress.value = total > 0 ? done / total : 0;
        words.textContent = total > 0 ? `step ${done} of ${total}` : "waiting for its turn …";
      },
      (problem) => {
        finish();
        words.textContent = problem.message;
      },
    );
  }

  /** @param {import("../../api/api.js").UnitQuery & {seed: number}} climb */
  function showSaves(climb) {
    saves.replaceChildren(
      "save ",
      ...(/** @type {const} */ (["npy", "png"])).map((format) =>
        element("a", {
          text: `.${format} `,
          attributes: { href: api.maximisationUrl({ ...climb, format }), download: true },
        }),
      ),
    );
  }

  function finish() {
    stop?.();
    stop = null;
    start.textContent = "Maximise";
    progress.hidden = true;
    progress.value = 0;
  }

  function clear() {
    finish();
    shown = "";
    picture.hidden = true;
    picture.removeAttribute("src");
    saves.replaceChildren();
    words.textContent = "from noise, in any picture's place";
  }

  function update() {
    const query = request();
    start.disabled = query === null;
    if (shown === "" ? words.textContent === "" : JSON.stringify(query) !== shown) clear();
  }

  return { update, destroy: finish };
}
