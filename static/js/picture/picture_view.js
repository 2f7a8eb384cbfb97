/** The picture, the part of it that the network sees, and what became of the last upload. */

import { button, element } from "../shared/element.js";
import { formatBytes, formatInteger } from "../shared/format.js";
import { createAttributionOverlay } from "./attribution_overlay.js";
import { createBlankOverlay } from "./blank_overlay.js";
import { createCropOverlay } from "./crop_overlay.js";
import { createEditedOverlay } from "./edited_overlay.js";
import { createFieldOverlay } from "./field_overlay.js";
import { createLookOverlay } from "./look_overlay.js";
import { createReachOverlay } from "./reach_overlay.js";
import { createPictureSwap } from "./swap.js";

/**
 * How much wider than the picture, in its middle, a space must be to hold what the network sees:
 * some networks see the picture with a margin around it, and units look into the margin.
 *
 * @param {import("../scores/analysis.js").Seen | null} seen
 * @param {"width" | "height"} length
 * @param {"left" | "top"} start
 * @param {"right" | "bottom"} end
 */
function widening(seen, length, start, end) {
  if (!seen) return 1;
  const { image_box, image_size } = seen;
  const overhang = Math.max(0, -image_box[start], image_box[end] - image_size[length]);
  return 1 + (2 * overhang) / image_size[length];
}

/**
 * @param {HTMLElement} parent the stage
 * @param {HTMLElement} caption
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createPictureView(parent, caption, context) {
  const { api, analysis, pictures, stage } = context;
  const frame = element("div", { class: "picture-frame" });
  const holder = element("div", { class: "picture-holder" });
  const overlay = createCropOverlay(frame);
  frame.prepend(holder);
  const edited_overlay = createEditedOverlay(frame, context);
  const blank_overlay = createBlankOverlay(frame, context);
  const field_overlay = createFieldOverlay(frame, context);
  const attribution_overlay = createAttributionOverlay(frame, context);
  const look_overlay = createLookOverlay(frame, context);
  const reach_overlay = createReachOverlay(frame, context);
  const progress = element("progress", { attributes: { max: 1, "aria-label": "Sending" } });
  const progress_text = element("span");
  const sending_box = element(
    "div",
    { class: "sending", attributes: { hidden: true } },
    progress_text,
    progress,
    button("Cancel", () => pictures.cancel(), { class: "button button-small" }),
  );
  const failure_box = element("div", {
    class: "notice notice-problem stage-notice",
    attributes: { role: "alert", hidden: true },
  });
  const nothing = element("p", { class: "stage-empty", attributes: { hidden: true } });
  const view = element("div", { class: "stage-layer" }, frame, nothing);
  parent.append(view, sending_box, failure_box);

  /** @type {HTMLImageElement | null} */
  let shown = null;
  let shown_image = "";
  const swap = createPictureSwap(
    (picture) => {
      shown = picture;
      shown_image = wanted_image;
      if (shown_image) picture.alt = nameOf(shown_image); // the titles may have come meanwhile
      holder.replaceChildren(picture);
      fit();
    },
    (url) => {
      undisplayable.add(url);
      shown = null;
      holder.replaceChildren();
      overlay.hide();
      if (url.startsWith("blob:")) showPicture();
    },
  );
  let wanted_image = "";
  /** Files in a format that the browser cannot show; the server has a version that it can. */
  const undisplayable = /** @type {Set<string>} */ (new Set());

  /** Gives the frame the largest size of the picture's shape that the stage can hold. */
  function fit() {
    if (!shown || view.clientWidth === 0) return;
    const { seen: newest, phase, image } = analysis.get();
    const belongs = newest?.image === shown_image && shown_image === image;
    const seen = belongs ? newest : null;
    const scale = Math.min(
      view.clientWidth / (shown.naturalWidth * widening(seen, "width", "left", "right")),
      view.clientHeight / (shown.naturalHeight * widening(seen, "height", "top", "bottom")),
    );
    const size = { width: shown.naturalWidth * scale, height: shown.naturalHeight * scale };
    frame.style.width = `${size.width}px`;
    frame.style.height = `${size.height}px`;
    holder.classList.toggle("is-pixelated", scale > 4);
    if (seen && phase !== "problem") overlay.draw(seen, size);
    else if (phase !== "loading" || image !== shown_image) overlay.hide();
  }

  /** @param {string} image_id */
  function nameOf(image_id) {
    if (pictures.isDrawing(image_id)) return "Your drawing";
    return pictures.example(image_id)?.title ?? pictures.fileName(image_id) ?? "Your picture";
  }

  /** Whether nobody holds the picture that the address names. */
  function isGone() {
    const { image, problem } = analysis.get();
    return problem?.type === "unknown-image" && !pictures.local(image);
  }

  function showPicture() {
    const { sending } = pictures.get();
    const { image, phase } = analysis.get();
    const gone = isGone();
    nothing.hidden = sending !== null || (image !== null && !gone) || phase === "loading";
    const no_network = phase === "problem" && analysis.get().model === null;
    nothing.textContent = gone
      ? "This picture is not on the server any more."
      : no_network ? "No network is open that could look at a picture."
      : "Nothing is drawn yet: draw, upload or drop a picture, or take an example.";
    if (sending) {
      wanted_image = "";
      if (!undisplayable.has(sending.picture.url)) {
        swap.show(sending.picture.url, sending.picture.name);
      }
    } else if (image !== null && !gone) {
      wanted_image = image;
      const local = pictures.local(image);
      const is_local = local?.as_sent && !undisplayable.has(local.url);
      const url = is_local ? local.url : api.imageUrl(image);
      if (shown?.src === url) shown_image = image; // it was there since it was sent
      swap.show(url, nameOf(image));
      if (shown && shown_image === image) shown.alt = nameOf(image); // titles may come later
    } else {
      swap.clear();
      shown = null;
      holder.replaceChildren();
      overlay.hide();
    }
    fit();
  }

  function showSending() {
    const { sending } = pictures.get();
    const visible = sending !== null && sending.picture.kind === "photograph";
    sending_box.hidden = !visible;
    if (!sending) return;
    const { sent_bytes, total_bytes } = sending;
    progress.value = total_bytes > 0 ? sent_bytes / total_bytes : 0;
    const share = Math.round(progress.value * 100);
    progress_text.textContent =
      share === 100
        ? "Sent. The server is reading it"
        : `${formatBytes(sent_bytes)} of ${formatBytes(total_bytes)} · ${share}\u202f%`;
  }

  function showFailure() {
    const { failure } = pictures.get();
    failure_box.hidden = failure === null;
    if (!failure) {
      failure_box.replaceChildren();
      return;
    }
    const { problem, retry } = failure;
    failure_box.replaceChildren(
      element("p", { text: problem.message }),
      element(
        "div",
        { class: "notice-actions" },
        retry ? button("Try again", retry, { class: "button button-small" }) : null,
        button("Close", () => pictures.dismissFailure(), { class: "button button-small" }),
      ),
    );
  }

  function showCaption() {
    const { sending } = pictures.get();
    const { image, seen } = analysis.get();
    if (sending?.picture.kind === "photograph") {
      caption.textContent = sending.picture.name;
      return;
    }
    if (image === null || isGone()) {
      caption.textContent = "";
      return;
    }
    const example = pictures.example(image);
    const size = example ?? (seen?.image === image ? seen.image_size : null);
    const parts = [nameOf(image)];
    if (size) parts.push(`${formatInteger(size.width)} × ${formatInteger(size.height)} px`);
    if (example) parts.push(`${example.author}, ${example.licence}`);
    caption.textContent = parts.join(" · ");
  }

  function update() {
    view.hidden = stage.get() !== "picture";
    showSending();
    showFailure();
    showCaption();
    if (!view.hidden) showPicture();
  }

  const resizing = new ResizeObserver(fit);
  resizing.observe(view);
  const ends = [
    analysis.subscribe(update),
    pictures.subscribe(update),
    stage.subscribe(update),
    () => resizing.disconnect(),
  ];
  update();

  return {
    destroy() {
      for (const end of ends) end();
      edited_overlay.destroy?.();
      blank_overlay.destroy?.();
      field_overlay.destroy?.();
      attribution_overlay.destroy?.();
      look_overlay.destroy?.();
      reach_overlay.destroy?.();
      for (const node of [view, sending_box, failure_box]) node.remove();
    },
  };
}
