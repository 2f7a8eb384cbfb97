/** What every chapter starts with. */

import { createApi } from "../../api/api.js";
import { createAwaited } from "../../shared/awaited.js";
import { byId, setText } from "../../shared/element.js";
import { asProblem } from "../../shared/problem.js";
import { createFrame } from "../../shared/frame.js";
import { createEmbedding } from "./embedding.js";
import { createPredictions } from "./prediction.js";
import { rememberChapter } from "./progress.js";

/** @typedef {import("../../api/api.js").Api} Api */

/**
 * @typedef {object} Chapter
 * @property {Api} api
 * @property {boolean} is_embedded in a frame of another page: the interactions stand alone
 * @property {(error: unknown) => void} fail says what went wrong, where the person looks; null
 *   takes back what this one said
 * @property {() => Chapter} part the same with a `fail` of its own: what goes well in one part of
 *   the chapter takes back nothing that another said
 */

/**
 * Predictions, theme, and a place for what goes wrong. Once all is set up, `main` has `data-ready`.
 *
 * @param {import("./address.js").ChapterAddress} address
 * @param {(chapter: Chapter) => void | Promise<void>} setUp
 */
export function startChapter(address, setUp) {
  const is_embedded = document.body.classList.contains("is-embedded");
  const notice = byId("chapter-problem");
  const api = createApi();

  /** What each part has to say. @type {Map<Chapter, string>} */
  const said = new Map();

  /** @returns {Chapter} */
  function part() {
    const own = {
      api,
      is_embedded,
      /** @param {unknown} error */
      fail(error) {
        if (error instanceof DOMException && error.name === "AbortError") return;
        if (error === null) said.delete(own);
        else said.set(own, asProblem(error).message);
        setText(notice, [...new Set(said.values())].join(" "));
        notice.hidden = said.size === 0;
      },
      part,
    };
    return own;
  }

  if (!is_embedded) createFrame();
  createAwaited(".chapter-part");
  createPredictions(address);
  createEmbedding();
  const main = /** @type {HTMLElement} */ (document.querySelector("main"));
  if (!is_embedded) rememberChapter(main.dataset.chapter ?? "");
  const whole = part();
  Promise.resolve()
    .then(() => setUp(whole))
    .catch(whole.fail)
    .finally(() => {
      main.dataset.ready = "";
    });
}
