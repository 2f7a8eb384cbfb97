/** The window of one unit: where it lies, and what it holds of a map. */

/**
 * The rows or columns of a window, those in the padding too, as they would be counted on.
 *
 * @param {(number | null)[]} sources null lies in the padding
 * @param {number} dilation from one to the next
 * @returns {number[]} without those between the strides of a transposed convolution
 */
export function placesOf(sources, dilation) {
  const first = sources.findIndex((source) => source !== null);
  const last = sources.findLastIndex((source) => source !== null);
  if (first < 0) return [];
  return sources.flatMap((source, index) => {
    if (source !== null) return [source];
    if (index < first) return [/** @type {number} */ (sources[first]) - (first - index) * dilation];
    if (index > last) return [/** @type {number} */ (sources[last]) + (index - last) * dilation];
    return [];
  });
}

/**
 * @param {Float32Array} map row after row
 * @param {number} width of the map
 * @param {(number | null)[]} rows
 * @param {(number | null)[]} columns
 * @param {number} padding where nothing is read
 */
export function cutOut(map, width, rows, columns, padding) {
  const values = new Float32Array(rows.length * columns.length);
  let at = 0;
  for (const row of rows) {
    for (const column of columns) {
      values[at] = row === null || column === null ? padding : map[row * width + column];
      at += 1;
    }
  }
  return values;
}
