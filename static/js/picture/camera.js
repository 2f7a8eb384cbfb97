/** A photograph from the camera. */

import { button, element } from "../shared/element.js";
import { onReturn } from "../shared/page_return.js";

/**
 * @param {unknown} error what the browser threw when it was asked for the camera
 * @returns {string} a sentence for the person
 */
function explain(error) {
  // Not every browser's error is a DOMException.
  const name = typeof error === "object" && error !== null && "name" in error ? String(error.name) : "";
  switch (name) {
    case "NotAllowedError":
    case "PermissionDeniedError": // Safari before 11, and others of its age
    case "SecurityError":
      return "The browser was not allowed to use the camera. Allow it in the address bar, then \
try again.";
    case "NotFoundError":
    case "DevicesNotFoundError":
    case "OverconstrainedError":
      return "No camera was found on this device. Plug one in, then try again.";
    case "NotReadableError":
    case "TrackStartError":
    case "AbortError":
      return "The camera is in use by another program. Close that program, then try again.";
    default:
      return `The camera could not be started${name ? ` (${name})` : ""}.`;
  }
}

/**
 * @param {HTMLElement} parent the stage
 * @param {import("../page_types.js").Context} context
 * @returns {import("../page_types.js").View}
 */
export function createCameraView(parent, { stage, actions }) {
  const video = element("video", {
    class: "camera-video",
    attributes: { playsinline: true, "aria-label": "Live picture of the camera" },
  });
  video.muted = true;
  const message = element("p", { class: "camera-message", attributes: { role: "status" } });
  const take = button("Take the picture", capture, { class: "button button-primary" });
  const retry = button("Try again", start);
  const view = element(
    "div",
    { class: "stage-layer camera", attributes: { hidden: true } },
    video,
    message,
    element(
      "div",
      { class: "camera-tools" },
      take,
      retry,
      button("Close", () => stage.show("picture"), { title: "Stop the camera (Esc)" }),
    ),
  );
  parent.append(view);
  /** @type {MediaStream | null} */
  let stream = null;
  let attempt = 0;

  function stop() {
    attempt += 1;
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
  }

  /** @param {string} text */
  function say(text) {
    message.textContent = text;
    message.hidden = text === "";
  }

  async function start() {
    stop();
    const mine = attempt;
    take.disabled = true;
    retry.hidden = true;
    if (!navigator.mediaDevices?.getUserMedia) {
      say("Browsers offer the camera only to pages from https or from this very computer.");
      return;
    }
    say("Waiting for the camera. The browser may ask for permission.");
    try {
      const started = await navigator.mediaDevices.getUserMedia({
        video: { width: { ideal: 1280 }, height: { ideal: 960 } },
      });
      if (mine !== attempt) {
        for (const track of started.getTracks()) track.stop();
        return;
      }
      stream = started;
      video.srcObject = stream;
      await video.play();
      if (mine !== attempt) return;
      say("");
      take.disabled = false;
      take.focus();
    } catch (error) {
      if (mine !== attempt) return;
      stop();
      say(explain(error));
      retry.hidden = false;
    }
  }

  function capture() {
    const canvas = element("canvas", {
      attributes: { width: video.videoWidth, height: video.videoHeight },
    });
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    canvas.toBlob(
      (blob) => {
        if (blob) actions.openFile(blob, "camera.jpg");
        else say("The picture could not be taken. Try again.");
      },
      "image/jpeg",
      0.92,
    );
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.key !== "Escape" || view.hidden || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    stage.show("picture");
  }
  document.addEventListener("keydown", onKey);
  window.addEventListener("pagehide", stop);

  const forgetReturns = onReturn(() => {
    if (!view.hidden) start();
  });
  const end = stage.subscribe((mode) => {
    view.hidden = mode !== "camera";
    if (view.hidden) stop();
    else start();
  });

  return {
    destroy() {
      end();
      forgetReturns();
      stop();
      document.removeEventListener("keydown", onKey);
      window.removeEventListener("pagehide", stop);
      view.remove();
    },
  };
}
