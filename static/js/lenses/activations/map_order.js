/** In which order the channels of a layer stand. */

/**
 * @param {import("../../page_types.js").Sort} sort
 * @returns {(channel: import("../../types.js").ChannelStatistics) => number | null | undefined}
 */
function keyOf(sort) {
  switch (sort) {
    case "active":
      return ({ fraction_active }) => fraction_active;
    case "index":
      return ({ index }) => -index;
    default:
      return (channel) => channel[sort];
  }
}

/**
 * The largest first, equal ones by index, those without a value last; by `minimum` the smallest
 * first.
 *
 * @param {number} count
 * @param {import("../../types.js").LayerStatistics | null} statistics null: not here yet
 * @param {import("../../page_types.js").Sort} sort
 * @returns {number[]} indices of channels
 */
export function orderOfChannels(count, statistics, sort) {
  const order = Array.from({ length: count }, (_, index) => index);
  if (sort === "index" || !statistics || statistics.channels.length !== count) return order;
  const key = keyOf(sort);
  const sign = sort === "minimum" ? -1 : 1;
  const keys = statistics.channels.map((channel) => {
    const value = key(channel);
    return value === null || value === undefined ? -Infinity : sign * value;
  });
  return order.sort((one, other) => keys[other] - keys[one] || one - other);
}
