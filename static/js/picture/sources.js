/** Every way in for a picture: file, drop, paste, camera, pad. */

import { button, element } from "../shared/element.js";
import { Problem } from "../shared/problem.js";

/**
 * @param {HTMLElement} parent
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View & {pickFile: () => void}}
 */
export function createPictureSourcesView(parent, { actions, pictures, stage, analysis }) {
  const input = element("input", {
    class: "visually-hidden",
    attributes: { type: "file", accept: "image/*", tabindex: -1, "aria-label": "Picture file" },
    on: {
      change() {
        const file = input.files?.[0];
        if (file) actions.openFile(file, file.name);
        input.value = ""; // the same file may be chosen again
      },
    },
  });
  const pickFile = () => input.click();
  const draw = button("Draw", () => stage.show(stage.get() === "pad" ? "picture" : "pad"), {
    title: "Draw on a pad (d)",
  });
  const camera = button("Camera", () =>
    stage.show(stage.get() === "camera" ? "picture" : "camera"),
  );
  parent.append(
    button("Upload", pickFile, { title: "Choose a picture file (u)" }),
    camera,
    draw,
    input,
  );

  const overlay = element(
    "div",
    { class: "drop-overlay", attributes: { hidden: true } },
    element("p", { text: "Drop the picture to analyse it" }),
  );
  document.body.append(overlay);

  /**
   * @param {DataTransfer | null} data what was dropped or pasted
   * @returns {File | null}
   */
  const fileIn = (data) => data?.files[0] ?? null;

  /** @param {DragEvent} event */
  const carriesFile = (event) => event.dataTransfer?.types.includes("Files") ?? false;

  /** @param {File} file */
  const open = (file) => actions.openFile(file, file.name || "pasted picture");

  /** @param {string} detail */
  const refuse = (detail) => {
    stage.show("picture");
    pictures.fail(new Problem("no-picture", detail));
  };

  const ending = new AbortController();
  const { signal } = ending;
  document.addEventListener(
    "dragover",
    (event) => {
      if (!carriesFile(event)) return;
      event.preventDefault();
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
      const file = fileIn(event.dataTransfer);
      if (file) open(file);
      else refuse("What was dropped is not a file. Save the picture first, then drop the file.");
    },
    { signal },
  );
  document.addEventListener(
    "paste",
    (event) => {
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest("input, textarea, [contenteditable]")) return;
      const file = fileIn(event.clipboardData);
      if (file) open(file);
      else refuse("The clipboard holds no picture. Copy a picture, then paste it here.");
    },
    { signal },
  );

  function update() {
    const mode = stage.get();
    draw.setAttribute("aria-pressed", String(mode === "pad"));
    camera.setAttribute("aria-pressed", String(mode === "camera"));
    const reads_digits = analysis.get().model?.input_kind === "digit";
    draw.classList.toggle("button-primary", reads_digits && mode !== "pad");
  }
  const ends = [stage.subscribe(update), analysis.subscribe(update)];
  update();

  return {
    pickFile,
    destroy() {
      ending.abort();
      for (const end of ends) end();
      overlay.remove();
      parent.replaceChildren();
    },
  };
}
