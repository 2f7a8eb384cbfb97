/** Every way in for a picture: file, drop, paste, camera, pad. */

import { createDropZone } from "../shared/drop_zone.js";
import { button, element } from "../shared/element.js";
import { Problem } from "../shared/problem.js";

/**
 * @param {HTMLElement} parent
 * @param {import("../page_types.js").Context} context
 * @param {{open: () => void, close: () => void}} pad
 * @returns {import("../page_types.js").View & {pickFile: () => void}}
 */
export function createPictureSourcesView(parent, { actions, stage, analysis, own }, pad) {
  const input = element("input", {
    class: "visually-hidden",
    attributes: { type: "file", accept: "image/*", tabindex: -1, "aria-label": "Picture file" },
    on: {
      change() {
        const files = [...(input.files ?? [])];
        if (files.length > 0) actions.openFiles(files);
        input.value = ""; // the same file may be chosen again
      },
    },
  });
  const pickFile = () => input.click();
  const draw = button("Draw", () => (stage.get() === "pad" ? pad.close() : pad.open()), {
    title: "Draw a digit on a pad, and have it read (d)",
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

  /** @param {string} detail */
  const refuse = (detail) => actions.refuse(new Problem("no-picture", detail));

  const drop_zone = createDropZone({
    invitation: () =>
      own.takesLabels()
        ? "Drop the labels"
        : own.takesNetworks()
          ? "Drop a picture, or the weights of your own network"
          : "Drop the picture to analyse it",
    onDrop(files) {
      if (files.length > 0) actions.openFiles(files);
      else refuse("What was dropped is not a file. Save the picture first, then drop the file.");
    },
  });

  const ending = new AbortController();
  document.addEventListener(
    "paste",
    (event) => {
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest("input, textarea, [contenteditable]")) return;
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length > 0) actions.openFiles(files);
      else refuse("The clipboard holds no picture. Copy a picture, then paste it here.");
    },
    { signal: ending.signal },
  );

  function update() {
    const mode = stage.get();
    draw.setAttribute("aria-pressed", String(mode === "pad"));
    camera.setAttribute("aria-pressed", String(mode === "camera"));
    const reads_digits = analysis.get().model?.input_kind === "digit";
    draw.classList.toggle("button-primary", reads_digits && mode !== "pad");
  }
  /** Who leaves the pad by keys goes on from here. @param {string} mode */
  function leavePad(mode) {
    if (mode !== "pad" && document.activeElement?.closest(".pad")) draw.focus({ preventScroll: true });
  }
  const ends = [stage.subscribe(leavePad), stage.subscribe(update), analysis.subscribe(update)];
  update();

  return {
    pickFile,
    destroy() {
      ending.abort();
      for (const end of ends) end();
      drop_zone.destroy();
      parent.replaceChildren();
    },
  };
}
