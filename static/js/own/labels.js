/**
 * The names of classes from a file that a person has beside their weights, read in the browser by
 * the rules of models/checkpoints/labels.py.
 */

import { Problem } from "../shared/problem.js";

const MOST_BYTES = 2 ** 20;
const LONGEST_NAME = 300;
/** `0 tench`, `0: tench`, each of which may count from 0 or from 1. */
const PLACE_FIRST = /^(\d{1,6})\s*[:,;\t ]\s*(\S.*)$/;
/** `n01440764 tench`: a set of synonyms of WordNet. */
const SYNSET_FIRST = /^n\d{8}\s*[:,;\t ]\s*(\S.*)$/;
const PLACE = /^\d{1,6}$/;
/** Under which the configurations of libraries keep them. */
const KEYS = ["id2label", "label2id", "labels", "label_names", "classes", "names"];

/** What is wrong with the file, after its name. */
class Refusal extends Error {}

/**
 * @param {File} file
 * @returns {Promise<string[]>} in the order of the classes
 * @throws {Problem} it names none
 */
export async function readLabels(file) {
  try {
    if (file.size > MOST_BYTES) throw new Refusal("is too large to be a list of names");
    let text;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    } catch {
      throw new Refusal("is no text in UTF-8; save it as such, with one name a line");
    }
    return checked(namesIn(text));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Problem("bad-labels", `${file.name} ${error.message}.`);
  }
}

/** @param {unknown[]} names @returns {string[]} */
function checked(names) {
  if (names.length === 0) throw new Refusal("names no classes: it is empty");
  return names.map((name, place) => {
    if (typeof name !== "string") throw new Refusal(`calls class ${place} something that is no text`);
    const plain = name.split(/\s+/).filter(Boolean).join(" ");
    if (plain === "") throw new Refusal(`calls class ${place} nothing: its name is empty`);
    if (plain.length > LONGEST_NAME || /\p{Cc}/u.test(plain)) {
      throw new Refusal(`calls class ${place} something too long, or with control characters`);
    }
    return plain;
  });
}

/** @param {string} text @returns {unknown[]} */
export function namesIn(text) {
  if (/^\s*[[{]/.test(text)) {
    let content;
    try {
      content = JSON.parse(text);
    } catch {
      throw new Refusal("begins like JSON and is none");
    }
    return fromJson(content);
  }
  const lines = text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.trim());
  if (lines.every((line) => line === "")) return [];
  return fromTable(lines) ?? withoutPlaces(lines);
}

/** @param {any} content @returns {unknown[]} */
function fromJson(content) {
  if (Array.isArray(content)) return content;
  for (const key of KEYS) {
    const inner = content[key];
    if (inner && typeof inner === "object" && Object.keys(inner).length > 0) return fromJson(inner);
  }
  const pairs = Object.entries(content);
  if (pairs.every(([, place]) => Number.isInteger(place))) {
    return inPlaces(pairs.map(([name, place]) => [place, name]));
  }
  if (pairs.every(([place]) => PLACE.test(place))) {
    // Keras writes {"0": ["n01440764", "tench"]}.
    return inPlaces(
      pairs.map(([place, name]) => [
        Number(place),
        Array.isArray(name) && name.length === 2 ? name[1] : name,
      ]),
    );
  }
  throw new Refusal("is an object in JSON that goes neither from places to names nor back");
}

/**
 * The names of a table with a column of places; null if it is none.
 *
 * @param {string[]} lines
 */
function fromTable(lines) {
  for (const separator of [",", ";", "\t"]) {
    if (!lines.every((line) => line.includes(separator))) continue;
    const rows = lines.map((line) => cells(line, separator));
    if (rows.some(({ length }) => length < 2 || length !== rows[0].length)) continue;
    for (const [place, name] of [
      [0, 1],
      [1, 0],
    ]) {
      const body = PLACE.test(rows[0][place]) ? rows : rows.slice(1);
      if (body.length > 0 && body.every((row) => PLACE.test(row[place]))) {
        return inPlaces(body.map((row) => [Number(row[place]), row[name]]));
      }
    }
  }
  return null;
}

/**
 * A row of CSV: a cell in quotation marks may hold the separator, and marks twice.
 *
 * @param {string} line
 * @param {string} separator
 */
function cells(line, separator) {
  const found = [""];
  let is_quoted = false;
  for (let place = 0; place < line.length; place += 1) {
    const letter = line[place];
    const last = found.length - 1;
    if (is_quoted && line.startsWith('""', place)) {
      found[last] += '"';
      place += 1;
    } else if (letter === '"' && (is_quoted || found[last].trim() === "")) is_quoted = !is_quoted;
    else if (letter === separator && !is_quoted) found.push("");
    else found[last] += letter;
  }
  return found.map((cell) => cell.trim());
}

/** @param {string[]} lines */
function withoutPlaces(lines) {
  const placed = lines.flatMap((line) => [PLACE_FIRST.exec(line) ?? []].flat().slice(1, 3));
  if (placed.length === 2 * lines.length) {
    /** @type {[number, string][]} */
    const pairs = lines.map((_, line) => [Number(placed[2 * line]), placed[2 * line + 1]]);
    if (leavesNoneOut(pairs)) return inPlaces(pairs);
  }
  const numbered = lines.flatMap((line) => SYNSET_FIRST.exec(line)?.[1] ?? []);
  return numbered.length === lines.length ? numbered : lines;
}

/** @param {[number, unknown][]} pairs */
function leavesNoneOut(pairs) {
  const places = new Set(pairs.map(([place]) => place));
  const first = Math.min(...places);
  const is_whole = Math.max(...places) === first + pairs.length - 1;
  return (first === 0 || first === 1) && places.size === pairs.length && is_whole;
}

/**
 * The names in the order of their places, which begin at 0 or 1 and leave none out.
 *
 * @param {[number, unknown][]} pairs
 */
function inPlaces(pairs) {
  if (pairs.length > 0 && !leavesNoneOut(pairs)) {
    throw new Refusal(
      `leaves places out, or gives one twice: it names ${pairs.length} classes, not counted from 0`,
    );
  }
  return [...pairs].sort(([one], [other]) => one - other).map(([, name]) => name);
}
