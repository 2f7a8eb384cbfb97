/** What the server answered: status, time, headers, body. */

import { button, element } from "../../shared/element.js";
import { formatBytes } from "../../shared/format.js";
import { asProblem, problemFromFailure } from "../../shared/problem.js";
import { showBody } from "./reply_body.js";

const HEADERS = [
  "Content-Type",
  "ETag",
  "Cache-Control",
  "Location",
  "Retry-After",
  "Content-Disposition",
];

/** @param {Response} response */
function headerList({ headers }) {
  const rows = HEADERS.filter((name) => headers.has(name)).flatMap((name) => [
    element("dt", { text: name }),
    element("dd", { class: "figure", text: headers.get(name) ?? "" }),
  ]);
  return element("dl", { class: "facts docs-headers" }, ...rows);
}

/** @param {number} status */
function statusClass(status) {
  return status < 400 ? "docs-status is-good" : "docs-status is-problem";
}

/**
 * @param {HTMLElement} parent
 * @param {{askAgain: (etag: string) => void}} actions
 */
export function createReplyView(parent, { askAgain }) {
  const status = element("span", { class: "docs-status" });
  const measures = element("span", { class: "figure quiet" });
  const again = element("div", { class: "toolbar" });
  const body = element("div", { class: "docs-reply-body" });
  parent.append(
    element("div", { class: "docs-reply-head", attributes: { role: "status" } }, status, measures),
    body,
  );
  let release = () => {};

  /** @param {string} text @param {string} [class_name] */
  function say(text, class_name = "docs-status") {
    status.className = class_name;
    status.textContent = text;
  }

  /** @param {Response} response */
  function offerAgain(response) {
    const etag = response.headers.get("ETag");
    again.replaceChildren();
    if (etag === null || response.status === 304) return;
    again.append(
      button("Ask again with this ETag", () => askAgain(etag), { class: "button button-small" }),
    );
  }

  /**
   * @param {Promise<Response>} answer
   * @param {{name: string, signal: AbortSignal}} options
   * @returns {Promise<{response: Response, text: string} | null>} null: there was no answer
   */
  async function show(answer, { name, signal }) {
    release();
    release = () => {};
    body.replaceChildren();
    measures.textContent = "";
    say("Sent; waiting for the answer");
    const started_ms = performance.now();
    try {
      const response = await answer;
      const waited_ms = performance.now() - started_ms;
      say(`${response.status} ${response.statusText}`.trim(), statusClass(response.status));
      measures.textContent = `${waited_ms.toFixed(0)} ms`;
      offerAgain(response);
      const content = element("div", { class: "docs-reply-content" });
      body.append(headerList(response), again, content);
      const shown = await showBody(content, response, {
        name,
        onEvent(count) {
          measures.textContent = `${count} ${count === 1 ? "event" : "events"}`;
        },
      });
      release = shown.release ?? release;
      const total_ms = performance.now() - started_ms;
      const counted = measures.textContent.includes("event") ? `${measures.textContent} · ` : "";
      measures.textContent = `${counted}${total_ms.toFixed(0)} ms · ${formatBytes(shown.size_bytes)}`;
      return { response, text: shown.text };
    } catch (error) {
      if (signal.aborted) {
        say("Stopped");
        return null;
      }
      const { message } = asProblem(problemFromFailure(error, signal));
      say("No answer", "docs-status is-problem");
      body.append(element("p", { class: "notice notice-problem", text: message }));
      return null;
    }
  }

  return { show };
}
