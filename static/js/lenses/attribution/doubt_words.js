/** What the tests of a map say together, and each in a few words. */

import { TESTS } from "./doubt_tests.js";

/** @typedef {import("./doubt_tests.js").DoubtTests} DoubtTests */

/** What stands before the words, so that nobody has to tell by a colour. */
const MARKS = { for: "✓", against: "✗", open: "≈" };

/** @param {DoubtTests} doubts @returns {string} `2 of 3 tests speak for it, 1 not run` */
export function joint(doubts) {
  const all = TESTS.map(({ test }) => doubts.get(test));
  const outcomes = all.flatMap((found) => (found.phase === "done" ? found.finding.outcome : []));
  if (outcomes.length === 0) return "Not tested yet.";
  /** @param {import("./doubt_results.js").Outcome} wanted */
  const count = (wanted) => outcomes.filter((outcome) => outcome === wanted).length;
  const speaking = count("for");
  const parts = [
    `${speaking === 0 ? "None" : speaking} of ${all.length} tests ${speaking < 2 ? "speaks" : "speak"} for it`,
    count("against") > 0 ? `${count("against")} against` : "",
    count("open") > 0 ? `${count("open")} open` : "",
    outcomes.length < all.length ? `${all.length - outcomes.length} not run` : "",
  ];
  return `${parts.filter(Boolean).join(", ")}.`;
}

/**
 * @param {import("./doubt_tests.js").Found} found
 * @returns {{mark: string, words: string}}
 */
export function inBrief(found) {
  switch (found.phase) {
    case "done":
      return { mark: MARKS[found.finding.outcome], words: found.finding.brief };
    case "running":
      return { mark: "", words: "running" };
    case "queued":
      return { mark: "", words: "next" };
    case "problem":
      return { mark: "", words: "not run: it failed" };
    case "stopped":
      return { mark: "", words: "not run: stopped" };
    case "alone":
      return { mark: "", words: "not run: no other here" };
    default:
      return { mark: "", words: "not run" };
  }
}

/** @param {{done: number, total: number}} running */
export const shareOf = ({ done, total }) =>
  total > 0 ? `${Math.round((100 * done) / total)}\u202f%` : "waiting";
