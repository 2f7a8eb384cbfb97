/** What the challenges in pairs come to, in words and counts. */

import { formatPercent } from "../../shared/format.js";
import { CHALLENGES, challengeNamed } from "./challenges_keys.js";

/** @typedef {import("../../types.js").Challenges} Challenges */
/** @typedef {import("../../types.js").ChallengedPicture} ChallengedPicture */

/** @param {readonly string[]} challenges @returns {string} the same in whichever order */
export const pairNamed = (challenges) =>
  CHALLENGES.flatMap(({ name }) => (challenges.includes(name) ? name : [])).join(",");

/** @param {Challenges} answer @param {string} name */
const alone = ({ pictures }, name) =>
  pictures.find(({ challenges }) => challenges.length === 1 && challenges[0] === name);

/**
 * The pairs that are lost though each of the two is survived alone.
 *
 * @param {Challenges} answer
 * @returns {ChallengedPicture[]}
 */
export const lostTogether = (answer) =>
  answer.pictures.filter(
    ({ challenges, is_survived }) =>
      challenges.length === 2
      && !is_survived
      && challenges.every((name) => alone(answer, name)?.is_survived),
  );

/** @param {Challenges} answer */
export function wordsFor(answer) {
  const { pictures, label } = answer;
  const [unchanged] = pictures;
  if (!unchanged.is_survived) {
    return `Even unchanged it is not read as “${label}” but as “${unchanged.classes[0].label}” `
      + `(${formatPercent(unchanged.classes[0].probability)}): there is nothing to lose.`;
  }
  const count = CHALLENGES.length;
  const survived = CHALLENGES.filter(({ name }) => alone(answer, name)?.is_survived).length;
  const lost = lostTogether(answer);
  const pairs = (survived * (survived - 1)) / 2;
  const alone_words = survived === count
    ? `Each of the ${count} challenges is survived alone`
    : `Of the ${count} challenges, ${survived || "none"} ${survived > 1 ? "are" : "is"} survived alone`;
  const start = `Unchanged: “${label}”, ${formatPercent(unchanged.probability)}. ${alone_words}.`;
  if (pairs === 0) return start;
  const of_pairs = survived === count ? `Of the ${pairs} pairs` : `Of the ${pairs} pairs of those`;
  if (lost.length === 0) return `${start} ${of_pairs}, none is lost.`;
  const worst = [...lost].sort((one, other) => (one.probability ?? 0) - (other.probability ?? 0))[0];
  const [first, second] = worst.challenges;
  const each = [first, second].map((name) => formatPercent(alone(answer, name)?.probability ?? null));
  return `${start} ${of_pairs}, ${lost.length} ${lost.length === 1 ? "is" : "are"} lost together: `
    + `${challengeNamed(first)?.title.toLowerCase()} (${each[0]} alone) with `
    + `${challengeNamed(second)?.title.toLowerCase()} (${each[1]} alone) leaves `
    + `${formatPercent(worst.probability)}, and it is taken for “${worst.classes[0].label}”.`;
}
