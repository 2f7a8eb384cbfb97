/** A class against another: what is asked is then of the difference of their logits. */

/**
 * The class that another is told apart from; null where there is none, or it is the same one.
 *
 * @param {{rival: number | null}} selection
 * @param {number | null | undefined} class_index the class itself
 */
export const rivalOf = ({ rival }, class_index) =>
  class_index === null || class_index === undefined || rival === class_index ? null : rival;

/**
 * @param {string} label of the class
 * @param {string | null | undefined} rival_label of the other, if there is one
 */
export const against = (label, rival_label) =>
  rival_label ? `${label} rather than ${rival_label}` : label;
