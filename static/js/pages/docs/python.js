/** An operation and the values of its fields as a Python program that runs as it stands. */

import { answerForm, isEventStream } from "./openapi.js";
import { makeRequest, savedName } from "./request.js";

/** @typedef {import("./openapi.js").Operation} Operation */

const INDENT = "    ";

/** @param {string} text @returns {string} in Python's quotation marks, which JSON's are among */
const quoted = (text) => JSON.stringify(text);

/** @param {unknown} value of JSON @param {string} indent @returns {string} */
function literal(value, indent) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object") return String(value);
  const inner = indent + INDENT;
  const parts = Array.isArray(value)
    ? value.map((each) => literal(each, inner))
    : Object.entries(value).map(([name, each]) => `${quoted(name)}: ${literal(each, inner)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const line = `${open}${parts.join(", ")}${close}`;
  if (line.length + indent.length < 80 && !line.includes("\n")) return line;
  return `${open}\n${parts.map((part) => `${inner}${part},\n`).join("")}${indent}${close}`;
}

/** @param {string} text @param {boolean} is_text @returns {unknown} a number where it stands for one */
const typed = (text, is_text) =>
  !is_text && text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;

/** @param {URLSearchParams} query @param {Operation} operation */
function queryLiteral(query, { fields }) {
  const texts = new Set(fields.filter(({ is_text }) => is_text).map(({ name }) => name));
  const values = [...query].map(([name, text]) => [name, typed(text, texts.has(name))]);
  return literal(Object.fromEntries(values), INDENT);
}

/**
 * @param {Operation} operation
 * @param {string | undefined} form that is asked for
 * @param {string} name under which a file is saved
 * @returns {{imports: string[], lines: string[]}} what becomes of the answer
 */
function ending(operation, form, name) {
  switch (answerForm(operation, form)) {
    case "json":
      return { imports: [], lines: ["print(answer.json())"] };
    case "npy":
      return {
        imports: ["import io", "", "import httpx", "import numpy as np"],
        lines: ["array = np.load(io.BytesIO(answer.content))", "print(array.shape, array.dtype)"],
      };
    case "nothing":
      return { imports: [], lines: ["print(answer.status_code)"] };
    default:
      return {
        imports: ["from pathlib import Path", "", "import httpx"],
        lines: [`Path(${quoted(name)}).write_bytes(answer.content)`],
      };
  }
}

/**
 * @param {Operation} operation
 * @param {import("./request.js").Values} values
 * @returns {string}
 */
export function asPython(operation, values) {
  const { method, url, form, json } = makeRequest(operation, values);
  const { origin, pathname, searchParams } = new URL(url);
  const options = [`${quoted(origin + decodedBraces(pathname))},`];
  if (searchParams.size > 0) options.push(`params=${queryLiteral(searchParams, operation)},`);
  const texts = (form ?? []).filter(([, value]) => typeof value === "string");
  const files = (form ?? []).filter(([, value]) => typeof value !== "string");
  if (texts.length > 0) options.push(`data=${literal(Object.fromEntries(texts), INDENT)},`);
  if (files.length > 0) {
    const opened = files.map(
      ([name, file]) => `${quoted(name)}: open(${quoted(/** @type {File} */ (file).name)}, "rb")`,
    );
    options.push(`files={${opened.join(", ")}},`);
  }
  if (json !== null) options.push(`json=${literal(JSON.parse(json), INDENT)},`);
  const call = options.map((option) => `${INDENT}${option}\n`).join("");
  if (isEventStream(operation)) {
    return `import httpx

with httpx.stream(
${INDENT}${quoted(method)},
${call}${INDENT}timeout=None,
) as answer:
${INDENT}for line in answer.iter_lines():
${INDENT}${INDENT}print(line)
`;
  }
  const chosen = values.get("format");
  const format = typeof chosen === "string" ? chosen : undefined;
  const { imports, lines } = ending(operation, format, savedName(url, format));
  return `${(imports.length > 0 ? imports : ["import httpx"]).join("\n")}

answer = httpx.${method.toLowerCase()}(
${call}${INDENT}timeout=60,
)
answer.raise_for_status()
${lines.join("\n")}
`;
}

/** @param {string} path in which a parameter that is not filled in keeps its braces */
const decodedBraces = (path) => path.replaceAll("%7B", "{").replaceAll("%7D", "}");
