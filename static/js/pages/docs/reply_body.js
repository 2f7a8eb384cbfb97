/** The body of an answer, shown as what it is. */

import { readEvents } from "../../api/event_stream.js";
import { element } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { readNpyHead } from "../../shared/npy.js";
import { codeBlock } from "./code_block.js";

const MOST_EVENTS = 200; // a long download sends more than anybody reads

/** @param {string} text @returns {string} indented, if it is JSON */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // not JSON: shown as it came
  }
}

/** @param {Response} response @param {string} fallback */
function fileName(response, fallback) {
  const disposition = response.headers.get("Content-Disposition") ?? "";
  return /filename="([^"]+)"/.exec(disposition)?.[1] ?? fallback;
}

/** @param {Record<string, unknown>} problem */
const problemNotice = ({ type, title, detail }) =>
  element(
    "div",
    { class: "notice notice-problem" },
    element(
      "p",
      { class: "docs-problem-head" },
      element("strong", { text: String(title) }),
      " ",
      element("code", { text: String(type) }),
    ),
    element("p", { text: String(detail) }),
  );

/** @param {HTMLElement} parent @param {Response} response */
async function showText(parent, response) {
  const text = await response.text();
  const size_bytes = new TextEncoder().encode(text).byteLength;
  if (response.headers.get("Content-Type")?.startsWith("application/problem+json")) {
    parent.append(problemNotice(JSON.parse(text)));
  }
  if (text === "") parent.append(element("p", { class: "quiet", text: "No body." }));
  else parent.append(codeBlock(pretty(text), "Body of the answer"));
  return { text, size_bytes };
}

/** @param {HTMLElement} parent @param {Response} response @param {string} name */
async function showBytes(parent, response, name) {
  const blob = await response.blob();
  const url = URL.createObjectURL(blob);
  if (blob.type.startsWith("image/")) {
    parent.append(
      element("img", {
        class: "docs-image",
        attributes: { src: url, alt: "The picture that the server answered with" },
      }),
    );
  }
  const head = readNpyHead(await blob.arrayBuffer());
  const facts = [`${formatInteger(blob.size)} bytes`];
  if (head) facts.push(`NumPy array ${head.shape} of ${head.type}`);
  const file_name = fileName(response, name);
  parent.append(
    element(
      "p",
      { class: "docs-bytes" },
      element("span", { class: "figure", text: facts.join(" · ") }),
      element("a", { text: `Save as ${file_name}`, attributes: { href: url, download: file_name } }),
    ),
  );
  return { text: "", size_bytes: blob.size, release: () => URL.revokeObjectURL(url) };
}

/**
 * @param {HTMLElement} parent
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} body
 * @param {(count: number) => void} onEvent
 */
async function showEvents(parent, body, onEvent) {
  const list = element("ol", {
    class: "docs-events",
    attributes: { tabindex: 0, "aria-label": "Events, the latest last" },
  });
  parent.append(list);
  const started_ms = performance.now();
  let count = 0;
  let size_bytes = 0;
  for await (const { name, data } of readEvents(body)) {
    count += 1;
    size_bytes += new TextEncoder().encode(data).byteLength;
    const at_s = (performance.now() - started_ms) / 1000;
    const is_at_end = list.scrollTop + list.clientHeight >= list.scrollHeight - 4;
    list.append(
      element(
        "li",
        {},
        element("code", { class: "docs-event-name", text: name }),
        element("span", { class: "figure quiet", text: ` after ${at_s.toFixed(1)} s` }),
        element("pre", { class: "figure", text: pretty(data) }),
      ),
    );
    if (list.childElementCount > MOST_EVENTS) list.firstElementChild?.remove();
    if (is_at_end) list.scrollTop = list.scrollHeight; // someone reading further up stays there
    onEvent(count);
  }
  return { text: "", size_bytes };
}

/**
 * @typedef {object} ShownBody
 * @property {string} text empty unless it is text
 * @property {number} size_bytes
 * @property {() => void} [release] gives back what the browser keeps for it
 */

/**
 * @param {HTMLElement} parent
 * @param {Response} response
 * @param {{name: string, onEvent: (count: number) => void}} options name: for the file to save
 * @returns {Promise<ShownBody>}
 */
export function showBody(parent, response, { name, onEvent }) {
  const type = response.headers.get("Content-Type") ?? "";
  if (type.startsWith("text/event-stream") && response.body) {
    return showEvents(parent, response.body, onEvent);
  }
  if (type === "" || /json|^text\//.test(type)) return showText(parent, response);
  return showBytes(parent, response, name);
}
