/** Places and sums in words; people count rows from 1. */

/** @param {{row: number, column: number}} place */
export const placeText = ({ row, column }) => `row ${row + 1}, column ${column + 1}`;

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/**
 * What is chosen, and what comes back to it or from it.
 *
 * @param {import("./address.js").Pick} pick
 * @param {import("./geometry.js").Use[]} uses
 * @returns {string}
 */
export function story(pick, uses) {
  const where = placeText(pick);
  const count = uses.length;
  if (pick.kind === "pixel") {
    if (count === 0) return `No window reaches the pixel at ${where}: nothing comes back to it.`;
    const outputs = counted(count, "output");
    const each = count === 1 ? "It sends" : "Each of them sends";
    return (
      `The pixel at ${where} has a part in ${outputs}. ${each} back its own gradient times the ` +
      `weight that it met there${count === 1 ? "." : ", and it all adds up."}`
    );
  }
  if (pick.kind === "weight") {
    const lost = uses.filter(({ pixel }) => pixel === null).length;
    const padding = lost > 0 ? ` (${lost} of them on padding, which is 0)` : "";
    return (
      `The weight at ${where} was multiplied at all ${counted(count, "place")}${padding}. Each output ` +
      "sends back its gradient times the pixel that the weight met there."
    );
  }
  const lost = uses.filter(({ pixel }) => pixel === null).length;
  const padding = lost > 0 ? ` What goes to the padding, ${lost} of ${count}, is lost.` : "";
  return (
    `The output at ${where} read ${counted(count, "pixel")}. To each it sends its gradient times the ` +
    `weight between them, on top of what outputs before it have sent.${padding}`
  );
}
