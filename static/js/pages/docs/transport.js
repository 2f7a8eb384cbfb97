/**
 * The only module of this page that talks to the server in its own words. `api.js` speaks for the
 * microscope: it decodes and tries again; here every answer is wanted as it comes.
 */

import { problemFromBody, problemFromFailure } from "../../shared/problem.js";
import { whileUnderWay } from "../../shared/under_way.js";

const DOCUMENT = "api/v1/openapi.json";

/**
 * @param {string} url
 * @param {RequestInit} [options]
 */
// eslint-disable-next-line no-restricted-globals -- see the head of this file
const ask = (url, options) => fetch(url, options);

/** @param {string} url @param {AbortSignal} [signal] @returns {Promise<Response>} a good one */
async function askForGood(url, signal) {
  let response;
  try {
    response = await ask(url, { signal });
  } catch (error) {
    throw problemFromFailure(error, signal);
  }
  if (response.ok) return response;
  throw problemFromBody(response.status, await response.text(), null);
}

/** @returns {Promise<Record<string, any>>} the OpenAPI document */
export const loadDocument = () =>
  whileUnderWay("/openapi.json", null, async (signal) => (await askForGood(DOCUMENT, signal)).json());

/** @param {string} url @returns {Promise<Blob>} */
export const loadPicture = async (url) => (await askForGood(url)).blob();

/**
 * @param {import("./request.js").DocsRequest} request
 * @param {{signal: AbortSignal, etag: string | null}} options etag: ask only for what has changed
 * @returns {Promise<Response>} of any status
 */
export function sendRequest({ method, url, form, json }, { signal, etag }) {
  /** @type {FormData | string | undefined} */
  let body = json ?? undefined;
  if (form) {
    const fields = new FormData();
    for (const [name, value] of form) fields.append(name, value);
    body = fields;
  }
  /** @type {Record<string, string>} */
  const headers = etag === null ? {} : { "If-None-Match": etag };
  if (json !== null) headers["Content-Type"] = "application/json";
  return ask(url, { method, body, headers, signal });
}
