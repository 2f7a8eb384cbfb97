/** What a chapter shows, kept in its address: each value has a name and a way to be written. */

import { createKeptAddress } from "../../address/kept_address.js";

/**
 * @template T
 * @typedef {object} Kept  How one value stands in the address.
 * @property {T} usual what it is unless the address says otherwise; then it is left out
 * @property {(text: string) => T | null} read null where the text says nothing of use
 * @property {(value: T) => string} write
 */

/** @typedef {ReturnType<typeof createChapterAddress>} ChapterAddress */

/** @param {number} value  As many digits as an address should have. */
const short = (value) => String(Number(value.toPrecision(6)));

/**
 * @param {number} usual
 * @param {{low: number, high: number, whole?: boolean}} bounds
 * @returns {Kept<number>}
 */
export const number = (usual, { low, high, whole = false }) => ({
  usual,
  read(text) {
    const value = text.trim() === "" ? NaN : Number(text);
    const fits = Number.isFinite(value) && (!whole || Number.isInteger(value));
    return fits ? Math.min(high, Math.max(low, value)) : null;
  },
  write: short,
});

/**
 * A list of numbers, as long as the usual one.
 *
 * @param {number[]} usual
 * @param {{low: number, high: number}} bounds
 * @returns {Kept<number[]>}
 */
export function numbers(usual, bounds) {
  const one = number(0, bounds);
  return {
    usual,
    read(text) {
      const values = text.split(",").flatMap((part) => one.read(part) ?? []);
      return values.length === usual.length ? values : null;
    },
    write: (values) => values.map(short).join(","),
  };
}

/**
 * @template {string} Choice
 * @param {Choice} usual
 * @param {readonly Choice[]} choices
 * @returns {Kept<Choice>}
 */
export const choice = (usual, choices) => ({
  usual,
  read: (text) => choices.find((each) => each === text) ?? null,
  write: (value) => value,
});

/**
 * @param {string} usual
 * @param {number} longest in characters
 * @returns {Kept<string>}
 */
export const text = (usual, longest) => ({
  usual,
  read: (written) => written.slice(0, longest),
  write: (value) => value,
});

/**
 * The address of a chapter. `guesses` and `image` are there in every chapter: what was predicted,
 * and which picture is the person's own.
 *
 * @template {Record<string, Kept<any>>} Names
 * @param {Names} names by the name in the address
 */
export function createChapterAddress(names) {
  /** @typedef {{[Name in keyof Names]: Names[Name] extends Kept<infer T> ? T : never}} Own */
  /** @typedef {Own & {guesses: Record<string, string>, image: string | null}} Shown */
  const embedded = new URLSearchParams(window.location.search).get("embed");

  /** @param {URLSearchParams} parameters @returns {Shown} */
  function read(parameters) {
    const own = Object.entries(names).map(([name, kept]) => {
      const written = parameters.get(name);
      return [name, (written === null ? null : kept.read(written)) ?? kept.usual];
    });
    const guesses = (parameters.get("guess") ?? "")
      .split(",")
      .map((each) => each.split(":"))
      .filter((pair) => pair.length === 2);
    return /** @type {Shown} */ ({
      ...Object.fromEntries(own),
      guesses: Object.fromEntries(guesses),
      image: parameters.get("image") || null,
    });
  }

  /** @param {Shown} shown @returns {[string, string | null][]} */
  function write(shown) {
    const own = Object.entries(names).map(([name, kept]) => {
      const written = kept.write(shown[name]);
      return /** @type {[string, string | null]} */ ([
        name,
        written === kept.write(kept.usual) ? null : written,
      ]);
    });
    const guesses = Object.entries(shown.guesses).map((pair) => pair.join(":"));
    return [
      ["embed", embedded],
      ...own,
      ["guess", guesses.join(",") || null],
      ["image", shown.image],
    ];
  }

  const kept = createKeptAddress({ read, write });
  return {
    get: kept.get,
    subscribe: kept.subscribe,

    /**
     * @param {Partial<Shown>} changes
     * @param {{step?: boolean}} [options] step: one that the browser's Back undoes; not while
     *   something is being dragged
     */
    change: (changes, { step = false } = {}) => kept.change(changes, { replace: !step }),
  };
}
