/** The one module, beside `upload.js`, that talks to the server for the pages. */

import { onReturn, throughReturns } from "../shared/page_return.js";
import { Problem, problemFromBody, problemFromFailure } from "../shared/problem.js";
import { whileUnderWay } from "../shared/under_way.js";
import { readEvents } from "./event_stream.js";
import { withQuery } from "./paths.js";

/**
 * Of the API: the page says how far up from it the root is. A proxy in front may have both under a
 * path of its own.
 */
export const ROOT = new URL(`${document.documentElement.dataset.root}api/v1`, document.baseURI)
  .pathname;
const BUSY_ATTEMPTS = 5;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Waits, but not longer than the signal allows.
 *
 * @param {number} duration_ms
 * @param {AbortSignal | undefined} signal
 */
function pause(duration_ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, duration_ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/**
 * Repeats a request that the server was too busy to take, each time a little later.
 *
 * @template T
 * @param {() => Promise<T>} attempt
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>}
 */
export async function whileBusy(attempt, signal) {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Problem) || error.type !== "busy" || count === BUSY_ATTEMPTS) {
        throw error;
      }
      const pause_ms = (error.retry_after_s ?? 0.25) * 1000 * 1.5 ** (count - 1);
      await pause(Math.min(pause_ms, LONGEST_PAUSE_MS), signal);
    }
  }
}

/**
 * One attempt; whoever would rather say that the server is busy than wait uses it alone.
 *
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>} the decoded JSON; undefined where the answer has no body
 */
export async function requestOnce(path, options = {}) {
  let response;
  let text;
  try {
    response = await fetch(ROOT + path, options);
    text = await response.text();
  } catch (error) {
    throw problemFromFailure(error, options.signal);
  }
  if (!response.ok) {
    throw problemFromBody(response.status, text, response.headers.get("Retry-After"));
  }
  return text ? JSON.parse(text) : undefined;
}

/** @param {unknown} error */
const isUnreachable = (error) => error instanceof Problem && error.type === "unreachable";

/**
 * What may be asked twice, and is where the browser ended it because the page was left.
 *
 * @template T
 * @param {() => Promise<T>} attempt
 * @param {AbortSignal | null | undefined} signal
 */
const repeatable = (attempt, signal) =>
  whileBusy(
    () => throughReturns(attempt, { signal, isCutOff: isUnreachable }),
    signal ?? undefined,
  );

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>} the decoded JSON; undefined where the answer has no body
 */
export const request = (path, options = {}) =>
  whileUnderWay(path, options.signal, (signal) => {
    const attempt = () => requestOnce(path, { ...options, signal });
    // What changes something there may have done so before it was cut off.
    if ((options.method ?? "GET") === "GET") return repeatable(attempt, signal);
    return whileBusy(attempt, signal);
  });

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<ArrayBuffer>}
 */
export const requestBytes = (path, signal) =>
  whileUnderWay(path, signal, (stopped) => repeatable(() => bytesOnce(path, stopped), stopped));

/** @param {string} path @param {AbortSignal} signal @returns {Promise<ArrayBuffer>} */
async function bytesOnce(path, signal) {
  let response;
  let body;
  try {
    response = await fetch(ROOT + path, { signal });
    body = await response.arrayBuffer();
  } catch (error) {
    throw problemFromFailure(error, signal);
  }
  if (!response.ok) {
    const text = new TextDecoder().decode(body);
    throw problemFromBody(response.status, text, response.headers.get("Retry-After"));
  }
  return body;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {AbortSignal} [signal]
 */
export const sendJson = (method, path, body, signal) =>
  request(path, { ...json(method, body), signal });

/** @param {string} method @param {unknown} body */
const json = (method, body) => ({
  method,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

/**
 * @param {string} path
 * @param {unknown} body
 * @param {AbortSignal} [signal]
 */
export const postJson = (path, body, signal) => sendJson("POST", path, body, signal);

/**
 * Follows long work until its end; aborting the signal gives the work up.
 *
 * @param {string} path of the resource whose `/events` tell how far it is
 * @param {Record<string, unknown>} query
 * @param {(done: number, total: number, event: any) => void} onProgress
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} the document of the resource
 */
export const follow = (path, query, onProgress, signal) =>
  whileUnderWay(path, signal, (stopped, tell) =>
    followed(withQuery(`${path}/events`, query), { signal: stopped }, (event) => {
      tell(event.done, event.total);
      onProgress(event.done, event.total, event);
    }),
  );

/**
 * The same for work that is asked for with a body.
 *
 * @param {string} path
 * @param {unknown} body
 * @param {(document: any) => void} onProgress with all that an event on the way carries
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} the last event's document
 */
export const followJson = (path, body, onProgress, signal) =>
  whileUnderWay(path, signal, (stopped) =>
    followed(path, { ...json("POST", body), signal: stopped }, onProgress),
  );

/**
 * @param {string} path
 * @param {RequestInit} options
 * @param {(document: any) => void} onProgress
 * @returns {Promise<any>}
 */
async function followed(path, options, onProgress) {
  return repeatable(async () => {
    try {
      const response = await fetch(ROOT + path, options);
      if (!response.ok || !response.body) {
        const retry_after = response.headers.get("Retry-After");
        throw problemFromBody(response.status, await response.text(), retry_after);
      }
      for await (const { name, data } of readEvents(response.body)) {
        const content = JSON.parse(data);
        if (name === "done") return content;
        if (name === "problem") throw problemFromBody(content.status, data, null);
        onProgress(content);
      }
    } catch (error) {
      throw problemFromFailure(error, options.signal);
    }
    throw new Problem("unreachable", "The server stopped before the work was done.");
  }, options.signal);
}

/**
 * Follows server-sent events. A lost connection is taken up again by the browser.
 *
 * @param {string} path
 * @param {{going: string[], last: string[]}} names of events; the stream ends with one of the last
 * @param {(document: any, name: string) => void} onEvent
 * @param {(is_lost: boolean) => void} onTrouble false: the browser is trying again
 * @returns {() => void} stops following
 */
export function listen(path, { going, last }, onEvent, onTrouble) {
  let events = open();
  let is_over = false;

  function open() {
    const source = new EventSource(ROOT + path);
    for (const name of [...going, ...last]) {
      source.addEventListener(name, (event) => {
        // The server ends the stream here; an EventSource would take that for a lost line.
        if (last.includes(name)) end();
        onEvent(JSON.parse(event.data), name);
      });
    }
    source.addEventListener("error", () => onTrouble(source.readyState === EventSource.CLOSED));
    return source;
  }

  const forgetReturns = onReturn(() => {
    if (!is_over && events.readyState === EventSource.CLOSED) events = open();
  });

  function end() {
    is_over = true;
    events.close();
    forgetReturns();
  }
  return end;
}
