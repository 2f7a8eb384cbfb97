/** Sending a file with progress, which `fetch` cannot report. */

import { Problem, problemFromBody } from "../shared/problem.js";

/**
 * @param {string} url
 * @param {Blob} file
 * @param {string} name
 * @param {{onProgress: (sent_bytes: number, total_bytes: number) => void, signal: AbortSignal,
 *   fields?: Record<string, string>}} options  fields: text that travels with the file
 * @returns {Promise<any>}
 */
export function postFile(url, file, name, { onProgress, signal, fields = {} }) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const body = new FormData();
    for (const [field, text] of Object.entries(fields)) body.append(field, text);
    body.append("file", file, name);
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener("abort", abort);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded, event.total);
    });
    request.addEventListener("loadend", () => signal.removeEventListener("abort", abort));
    const fail = () => {
      const detail = `${name} could not be sent: the server does not answer, or it ended the \
connection because the file is too large.`;
      reject(new Problem("unreachable", detail));
    };
    // Without the signal it is the browser that gives it up, because the page is left.
    request.addEventListener("abort", () => (signal.aborted ? reject(signal.reason) : fail()));
    request.addEventListener("error", fail);
    request.addEventListener("load", () => {
      const { status, responseText } = request;
      if (status >= 200 && status < 300) resolve(JSON.parse(responseText));
      else reject(problemFromBody(status, responseText, request.getResponseHeader("Retry-After")));
    });
    request.open("POST", url);
    request.send(body);
  });
}
