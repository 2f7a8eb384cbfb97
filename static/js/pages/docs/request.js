/** An operation and the values of its fields, made into a request: to send, or as curl. */

import { isBinary, isEventStream } from "./openapi.js";

/** @typedef {import("./openapi.js").Operation} Operation */
/** @typedef {Map<string, string | File>} Values by the name of the field; only those given */

/**
 * @typedef {object} DocsRequest
 * @property {string} method
 * @property {string} url
 * @property {[string, string | File][] | null} form
 * @property {string | null} json
 */

/** @param {string} text as typed @returns {unknown} what it stands for; wrong text goes as it is */
function fromText(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * @param {Operation} operation
 * @param {Values} values a path parameter without one keeps its braces
 * @returns {DocsRequest}
 */
export function makeRequest({ method, path, fields, sends_form, sends_json }, values) {
  const query = new URLSearchParams();
  /** @type {[string, string | File][]} */
  const form = [];
  /** @type {Record<string, unknown>} */
  const body = {};
  let filled = path;
  for (const { name, place, is_text } of fields) {
    const value = values.get(name);
    if (value === undefined) continue;
    if (place === "form") form.push([name, value]);
    else if (typeof value !== "string") throw new TypeError(`${name}: a file in the ${place}`);
    else if (place === "json") body[name] = is_text ? value : fromText(value);
    else if (place === "path") filled = filled.replace(`{${name}}`, () => encodeURIComponent(value));
    else if (place === "query") query.set(name, value);
    else throw new TypeError(`${name}: the page cannot fill a ${place} parameter`);
  }
  const search = query.size > 0 ? `?${query}` : "";
  return {
    method,
    // Beside the page, which a proxy may have under a path of its own.
    url: new URL(".", document.baseURI).href.slice(0, -1) + filled + search,
    form: sends_form ? form : null,
    json: sends_json ? JSON.stringify(body) : null,
  };
}

/** @param {string} text quoted for a POSIX shell, if it has to be */
const forShell = (text) =>
  /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** @param {string} name @param {string | File} value */
function formOption(name, value) {
  if (typeof value !== "string") {
    // Within a form field curl gives quotes a meaning of its own; they keep commas and semicolons.
    const file_name = value.name.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
    return `-F ${forShell(/^[\w.-]+$/.test(file_name) ? `${name}=@${file_name}` : `${name}=@"${file_name}"`)}`;
  }
  // -F would read a file at @ or <, and an option after a semicolon.
  const flag = /^[@<]|;/.test(value) ? "--form-string" : "-F";
  return `${flag} ${forShell(`${name}=${value}`)}`;
}

/**
 * @param {string} url
 * @param {string | undefined} format the value of a parameter of that name
 * @returns {string} under which the answer's bytes are saved
 */
export function savedName(url, format) {
  const last = new URL(url).pathname.split("/").pop();
  return `${decodeURIComponent(last || "answer")}${format ? `.${format}` : ""}`;
}

/**
 * @param {Operation} operation
 * @param {Values} values
 * @returns {string}
 */
export function asCurl(operation, values) {
  const { method, url, form, json } = makeRequest(operation, values);
  const usual_method = form || json !== null ? "POST" : "GET";
  const chosen = values.get("format");
  const format = typeof chosen === "string" ? chosen : undefined;
  const first = ["curl"];
  if (isEventStream(operation)) first.push("-N");
  if (method !== usual_method) first.push("-X", method);
  first.push(forShell(url));
  const lines = [first.join(" ")];
  for (const [name, value] of form ?? []) lines.push(formOption(name, value));
  if (json !== null) lines.push("-H 'Content-Type: application/json'", `-d ${forShell(json)}`);
  if (isBinary(operation, format)) lines.push(`--output ${forShell(savedName(url, format))}`);
  return lines.join(" \\\n  ");
}
