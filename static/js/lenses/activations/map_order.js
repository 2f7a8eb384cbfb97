/** In which order the channels of a layer stand, and the values that decide it. */

import { formatPercent, formatShort } from "../../shared/format.js";

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

/**
 * What the maps are sorted by, to be written beneath each; of single numbers always themselves.
 *
 * @param {import("../../shared/maps.js").LayerMaps} maps
 * @param {import("../../types.js").LayerStatistics | null} statistics null: not here yet
 * @param {import("../../page_types.js").Sort} sort
 * @returns {((channel: number) => string) | null} null: nothing but their numbers
 */
export function valueTextOf(maps, statistics, sort) {
  if (sort === "index" && !maps.is_single) return null;
  const key = keyOf(sort === "index" ? "mean" : sort);
  return (channel) => {
    const found = statistics?.channels[channel];
    const value = found ? key(found) : null;
    if (value === null || value === undefined) return "";
    return sort === "active" ? formatPercent(value) : formatShort(value);
  };
}
