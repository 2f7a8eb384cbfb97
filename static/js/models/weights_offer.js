/** In place of scores: the weights are not on the server's machine, and what can be done. */

import { button, element } from "../shared/element.js";
import { formatBytes } from "../shared/format.js";
import { createLatest } from "../shared/latest.js";
import { asProblem } from "../shared/problem.js";

/** @typedef {import("../types.js").WeightsDetail} WeightsReport */

/** @param {import("../page_types.js").Context} context */
export function createWeightsOffer({ analysis, api, catalogue, actions }) {
  const node = element("section", {
    class: "weights-offer",
    attributes: { "aria-label": "Weights", hidden: true },
  });
  const latest = createLatest();
  /** @type {(() => void) | null} */
  let stopWatching = null;
  let offered_model_id = "";
  /** When the running download was first seen, and how far it was then. */
  let start = { time_ms: 0, bytes: 0 };

  function unwatch() {
    stopWatching?.();
    stopWatching = null;
  }

  /** @param {string} architecture */
  function randomButton(architecture) {
    const random = catalogue
      .all()
      .find((model) => model.architecture === architecture && model.origin === "random");
    if (!random) return null;
    return button("Use random weights instead", () => actions.openModel(random.id));
  }

  /** @param {WeightsReport} report */
  function facts(report) {
    const rows = [
      ["file", report.file_name ?? "unknown"],
      ["size", report.bytes === null ? "unknown" : formatBytes(report.bytes)],
      ["from", report.source],
      ["licence", report.licence],
    ];
    return element(
      "dl",
      { class: "facts" },
      ...rows.flatMap(([name, text]) => [element("dt", { text: name }), element("dd", { text })]),
    );
  }

  /** @param {WeightsReport} report */
  function places(report) {
    const file = report.file_name ?? "the file";
    return element(
      "details",
      {},
      element("summary", { text: "Or put the file there yourself" }),
      element("p", { class: "quiet", text: `Place ${file} into one of these directories:` }),
      element(
        "ul",
        { class: "directories" },
        ...report.directories.map((directory) =>
          element("li", {}, element("code", { text: directory })),
        ),
      ),
      button("Look again", lookAgain, { class: "button button-small" }),
    );
  }

  async function lookAgain() {
    try {
      await catalogue.refresh();
      analysis.run();
    } catch (error) {
      showProblem(asProblem(error).message);
    }
  }

  /** @param {string} text */
  const problemNotice = (text) =>
    element("p", { class: "notice notice-problem", text, attributes: { role: "alert" } });

  /** @param {string} text */
  function showProblem(text) {
    const old = node.querySelector(".notice-problem");
    const notice = problemNotice(text);
    if (old) old.replaceWith(notice);
    else node.append(notice);
  }

  /** @param {() => Promise<WeightsReport>} request */
  function ask(request) {
    latest.run(request, show, (error) => showProblem(asProblem(error).message));
  }

  /** @param {WeightsReport} report */
  function downloadButton(report) {
    const size = report.bytes === null ? "" : ` ${formatBytes(report.bytes)}`;
    const again = report.download?.state === "failed";
    return button(
      again ? "Try the download again" : `Download${size}`,
      () => {
        start = { time_ms: 0, bytes: 0 };
        ask(() => api.startDownload(report.model));
      },
      { class: "button button-primary" },
    );
  }

  /** @param {import("../types.js").Download} download */
  function progressText({ received_bytes, total_bytes }) {
    const now_ms = performance.now();
    if (start.time_ms === 0) start = { time_ms: now_ms, bytes: received_bytes };
    const elapsed_s = (now_ms - start.time_ms) / 1000;
    const parts = [formatBytes(received_bytes)];
    if (total_bytes) {
      parts[0] += ` of ${formatBytes(total_bytes)}`;
      parts.push(`${Math.floor((received_bytes / total_bytes) * 100)}\u202f%`);
    }
    if (elapsed_s > 1) {
      parts.push(`${formatBytes(Math.round((received_bytes - start.bytes) / elapsed_s))}/s`);
    }
    return parts.join(" · ");
  }

  /** @param {WeightsReport} report @param {import("../types.js").Download} download */
  function showRunning(report, download) {
    let bar = node.querySelector("progress");
    let text = node.querySelector(".download-text");
    if (!bar || !text) {
      bar = element("progress", { attributes: { max: 1, "aria-label": "Download" } });
      text = element("span", { class: "download-text figure" });
      node.replaceChildren(
        element("h3", { text: `Downloading ${report.file_name ?? "the weights"}` }),
        bar,
        element(
          "div",
          { class: "notice-actions" },
          text,
          button("Cancel", () => ask(() => api.cancelDownload(report.model))),
        ),
      );
    }
    if (download.total_bytes) bar.value = download.received_bytes / download.total_bytes;
    text.textContent = progressText(download);
  }

  /** @param {WeightsReport} report */
  function show(report) {
    if (report.model !== offered_model_id) return;
    const { download } = report;
    if (report.status === "ready" || download?.state === "done") {
      unwatch();
      lookAgain();
      return;
    }
    if (download?.state === "running") {
      showRunning(report, download);
      stopWatching ??= api.watchDownload(report.model, show, (problem) => {
        unwatch();
        showProblem(problem.message);
      });
      return;
    }
    unwatch();
    const title = analysis.get().model?.title ?? report.model;
    const failed = download?.state === "failed" ? download.detail : null;
    const reason = failed ?? report.detail;
    node.replaceChildren(
      element("h3", {
        text:
          report.status === "damaged"
            ? `The weights of ${title} are damaged`
            : `The weights of ${title} are not on this machine`,
      }),
      ...(reason ? [problemNotice(reason)] : []),
      facts(report),
      element(
        "div",
        { class: "notice-actions" },
        report.status === "downloadable" ? downloadButton(report) : null,
        randomButton(analysis.get().model?.architecture ?? ""),
      ),
      places(report),
    );
  }

  function update() {
    const { phase, model } = analysis.get();
    if (phase === "loading") return;
    node.hidden = phase !== "weights";
    const wanted = phase === "weights" && model ? model.id : "";
    if (wanted === offered_model_id) return;
    unwatch();
    latest.cancel();
    node.replaceChildren();
    start = { time_ms: 0, bytes: 0 };
    offered_model_id = wanted;
    if (wanted) ask(() => api.weights(wanted));
  }
  const end = analysis.subscribe(update);

  return {
    node,
    destroy() {
      end();
      unwatch();
    },
  };
}
