/** Own pictures as data: a folder or a zip goes to the server, which says what it made of it. */

import { createDropZone } from "../../shared/drop_zone.js";
import { button, element, setText } from "../../shared/element.js";
import { formatInteger, formatPercent } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { asProblem } from "../../shared/problem.js";
import { dropped, picked } from "./dropped.js";
import { zipOf } from "./zip.js";

/** @typedef {import("../../types.js").PictureSet} PictureSet */

const MEGABYTE = 1e6;

/** @param {PictureSet} kept */
function summary({ pictures, classes, skipped_pictures }) {
  const left = skipped_pictures ? `, ${formatInteger(skipped_pictures)} files left out` : "";
  return `${formatInteger(pictures)} pictures of ${formatInteger(classes.length)} classes${left}.`;
}

/**
 * @param {HTMLElement} parent
 * @param {{training: import("./training_api.js").TrainingApi,
 *   onReady: (name: string) => Promise<void>, onGone: () => Promise<void>}} parts
 *   onReady: there is a data set of this name now
 */
export function createOwnPictures(parent, { training, onReady, onGone }) {
  const latest = createLatest();
  /** Stops what the server reads, where that is what goes on. @type {(() => void) | null} */
  let stopReading = null;
  /** @type {PictureSet | null} */
  let shown = null;
  let chosen = "";

  const zip_input = element("input", {
    class: "visually-hidden",
    attributes: { type: "file", accept: ".zip,application/zip", tabindex: -1, "aria-label": "Zip of pictures" },
    on: { change: () => take(zip_input, () => ({ zip: /** @type {FileList} */ (zip_input.files)[0] })) },
  });
  const folder_input = element("input", {
    class: "visually-hidden",
    attributes: { type: "file", webkitdirectory: true, tabindex: -1, "aria-label": "Folder of pictures" },
    on: { change: () => take(folder_input, () => picked(/** @type {FileList} */ (folder_input.files))) },
  });
  const folder = button("Own folder…", () => folder_input.click(), {
    class: "button button-small",
    title: "A folder that holds one folder of pictures for each class",
  });
  const zip = button("Own zip…", () => zip_input.click(), {
    class: "button button-small",
    title: "A zip that holds one folder of pictures for each class",
  });
  const bar = element("progress", { attributes: { max: 1, value: 0, "aria-label": "Own pictures" } });
  const words = element("p", { class: "quiet train-own-words", attributes: { role: "status" } });
  const stop = button("Stop", halt, { class: "button button-small" });
  const going = element("div", { class: "train-own-going", attributes: { hidden: true } }, bar, stop);
  const facts = element("div", { class: "train-own-facts" });
  parent.append(
    element("div", { class: "train-own-tools" }, folder, zip, zip_input, folder_input),
    going,
    words,
    facts,
  );
  const HINT = "Or drop a folder or a zip here: one folder of pictures for each class.";
  setText(words, HINT);

  /**
   * @param {HTMLInputElement} input
   * @param {() => {zip: File} | {name: string, files: import("./zip.js").Packed[]}} read
   */
  function take(input, read) {
    if ((input.files?.length ?? 0) > 0) send(async () => read());
    // Its list is read before it is emptied: the same may be chosen again.
    setTimeout(() => {
      input.value = "";
    });
  }

  /** @param {string} text @param {number | null} [share] */
  function tell(text, share = null) {
    setText(words, text);
    if (share === null) bar.removeAttribute("value");
    else bar.value = share;
  }

  /** @param {boolean} is_going */
  function work(is_going) {
    going.hidden = !is_going;
    folder.disabled = is_going;
    zip.disabled = is_going;
    if (is_going) {
      words.classList.remove("is-wrong");
      facts.replaceChildren();
    }
  }

  /**
   * @param {() => Promise<{zip: File} | {name: string, files: import("./zip.js").Packed[]}>} read
   */
  function send(read) {
    work(true);
    tell("Looking into it …");
    latest.run(
      async (signal) => {
        const found = await read();
        const file = "zip" in found ? found.zip : await packed(found.files, signal);
        const name = "zip" in found ? found.zip.name : `${found.name}.zip`;
        return training.sendPictures(file, name, {
          signal,
          onProgress(done, total) {
            const [sent, all] = [done, total].map((bytes) => (bytes / MEGABYTE).toFixed(1));
            tell(`Sending: ${sent} of ${all} MB`, done / total);
          },
        });
      },
      (begun) => follow(begun),
      fail,
    );
  }

  /** @param {import("./zip.js").Packed[]} files @param {AbortSignal} signal */
  const packed = (files, signal) =>
    zipOf(
      files,
      (done, total) => tell(`Packing: ${formatInteger(done)} of ${formatInteger(total)} files`, done / total),
      signal,
    );

  /** @param {PictureSet} begun */
  function follow(begun) {
    work(true);
    const end = training.watchPictures(
      begun.id,
      (kept) => {
        const total = Math.max(1, kept.files);
        tell(
          `Reading: ${formatInteger(kept.files_read)} of ${formatInteger(kept.files)} files`,
          kept.files_read / total,
        );
        if (kept.state !== "reading") finish(kept);
      },
      () => tell("The server does not answer; trying again …"),
    );
    stopReading = () => {
      end();
      training.deletePictures(begun.id).then(() => undefined, fail);
    };
  }

  /** @param {PictureSet} kept */
  function finish(kept) {
    stopReading = null;
    work(false);
    if (kept.state === "failed") {
      words.classList.add("is-wrong");
      setText(words, kept.detail ?? "The pictures could not be read.");
      listSkipped(kept);
      training.deletePictures(kept.id).then(() => undefined, () => undefined);
      return;
    }
    onReady(kept.name);
  }

  /** @param {unknown} error */
  function fail(error) {
    work(false);
    words.classList.add("is-wrong");
    setText(words, asProblem(error).message);
  }

  function halt() {
    latest.cancel();
    stopReading?.();
    stopReading = null;
    work(false);
    setText(words, "Stopped. Nothing was kept.");
  }

  /** @param {PictureSet} kept */
  function listSkipped({ skipped, skipped_pictures }) {
    if (skipped_pictures === 0) return;
    const more = skipped_pictures - skipped.length;
    facts.append(
      element(
        "details",
        {},
        element("summary", { text: `Left out: ${formatInteger(skipped_pictures)}` }),
        element(
          "ul",
          { class: "train-skipped", attributes: { tabindex: 0, role: "list", "aria-label": "Files left out" } },
          ...skipped.map(({ file, reason }) =>
            element("li", {}, element("strong", { text: file }), ` ${reason}`),
          ),
          more > 0 ? element("li", { text: `and ${formatInteger(more)} more` }) : null,
        ),
      ),
    );
  }

  /** @param {PictureSet} kept */
  function describe(kept) {
    shown = kept;
    words.classList.remove("is-wrong");
    setText(words, summary(kept));
    const largest = Math.max(...kept.classes.map(({ pictures }) => pictures));
    const counts = kept.classes.map(({ name, pictures }) => `${name} ${formatInteger(pictures)}`);
    facts.replaceChildren(
      element("p", { class: "quiet train-classes", text: counts.join(" · ") }),
      element("p", {
        class: "quiet",
        text: `A fifth of each class is held out. Naming the largest class is right in ${formatPercent(largest / Math.max(1, kept.pictures))}.`,
      }),
    );
    listSkipped(kept);
    const remove = button("Delete these pictures", () => ask(), { class: "button button-quiet button-small" });
    const sure = button("Delete for good", () => forget(kept), { class: "button button-small button-danger" });
    sure.hidden = true;
    const keep = button("Keep", () => ask(false), { class: "button button-small" });
    keep.hidden = true;
    /** @param {boolean} [is_asked] */
    function ask(is_asked = true) {
      remove.hidden = is_asked;
      sure.hidden = keep.hidden = !is_asked;
      (is_asked ? keep : remove).focus();
    }
    facts.append(element("div", { class: "train-own-tools" }, remove, sure, keep));
  }

  /** @param {PictureSet} kept */
  async function forget(kept) {
    try {
      await training.deletePictures(kept.id);
      shown = null;
      facts.replaceChildren();
      setText(words, HINT);
      await onGone();
    } catch (error) {
      fail(error);
    }
  }

  createDropZone({
    invitation: () => "Drop a folder or a zip: one folder of pictures for each class",
    onDrop(_, event) {
      if (going.hidden) send(() => dropped(event.dataTransfer));
    },
  });

  return {
    /** @param {string} name of the data set that the form has chosen */
    async show(name) {
      if (name === chosen) return;
      chosen = name;
      if (!going.hidden) return;
      shown = null;
      if (!name.startsWith("own:")) {
        facts.replaceChildren();
        words.classList.remove("is-wrong");
        setText(words, HINT);
        return;
      }
      try {
        const kept = await training.pictures(name.slice("own:".length));
        if (chosen === name && shown === null) describe(kept);
      } catch (error) {
        if (chosen === name) fail(error);
      }
    },

    /** Goes on with what another page, or a page before this one, has sent. */
    async open() {
      const { sets } = await training.allPictures();
      const begun = sets.find(({ state }) => state === "reading");
      if (begun && going.hidden) follow(begun);
    },
  };
}
