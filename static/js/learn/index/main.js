/** The course's table of contents: where one left off, and a miniature of each chapter. */

import { byId, element } from "../../shared/element.js";
import { createFrame } from "../../shared/frame.js";
import { courseProgress } from "../parts/progress.js";

function showProgress() {
  const { last, opened } = courseProgress();
  for (const slug of opened) {
    document.querySelector(`[data-slug="${CSS.escape(slug)}"]`)?.classList.add("is-opened");
  }
  const link = last === null ? null : chapterLink(last);
  if (!link) return;
  const again = element("a", { text: link.textContent ?? "", attributes: { href: link.href } });
  const note = byId("left-off");
  note.replaceChildren("You left off at ", again);
  note.hidden = false;
}

/** @param {string} slug @returns {HTMLAnchorElement | null} */
const chapterLink = (slug) =>
  document.querySelector(`[data-slug="${CSS.escape(slug)}"] h2 a`);

/** @param {HTMLElement} chapter */
async function showMiniature(chapter) {
  const place = /** @type {HTMLElement} */ (chapter.querySelector(".course-miniature"));
  const { createMiniature } = await import(`../${chapter.dataset.slug}/miniature.js`);
  createMiniature(place);
}

createFrame();
showProgress();
for (const chapter of document.querySelectorAll(".course-chapter")) {
  showMiniature(/** @type {HTMLElement} */ (chapter)).catch((error) => console.error(error));
}
