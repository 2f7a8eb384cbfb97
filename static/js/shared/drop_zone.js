/** Files that are dropped anywhere on the page, and what the page says while they are over it. */

import { element } from "./element.js";

/**
 * @param {object} parts
 * @param {(event: DragEvent) => string} parts.invitation what can be dropped now
 * @param {(files: File[], event: DragEvent) => void} parts.onDrop no file: something else came
 * @returns {{destroy: () => void}}
 */
export function createDropZone({ invitation, onDrop }) {
  const words = element("p");
  const overlay = element("div", { class: "drop-overlay", attributes: { hidden: true } }, words);
  document.body.append(overlay);
  const ending = new AbortController();
  const { signal } = ending;

  /** @param {DragEvent} event */
  const carriesFile = (event) => event.dataTransfer?.types.includes("Files") ?? false;

  document.addEventListener(
    "dragover",
    (event) => {
      if (!carriesFile(event)) return;
      event.preventDefault();
      const text = invitation(event);
      if (words.textContent !== text) words.textContent = text;
      if (!overlay.hidden) return;
      // An open dialog stands above everything that is outside of it.
      (document.querySelector("dialog[open]") ?? document.body).append(overlay);
      overlay.hidden = false;
    },
    { signal },
  );
  document.addEventListener(
    "dragleave",
    (event) => {
      if (event.relatedTarget === null) overlay.hidden = true; // it left the window
    },
    { signal },
  );
  document.addEventListener(
    "drop",
    (event) => {
      overlay.hidden = true;
      if (!carriesFile(event)) return;
      event.preventDefault();
      onDrop([...(event.dataTransfer?.files ?? [])], event);
    },
    { signal },
  );

  return {
    destroy() {
      ending.abort();
      overlay.remove();
    },
  };
}
