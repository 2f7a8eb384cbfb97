/** A JSON schema's type and bounds, as a person would say them. */

/** @typedef {Record<string, any>} Schema */

/** @param {Schema} schema */
function bounds(schema) {
  const parts = [
    ["minimum", "≥"],
    ["exclusiveMinimum", ">"],
    ["maximum", "≤"],
    ["exclusiveMaximum", "<"],
  ].filter(([keyword]) => typeof schema[keyword] === "number");
  return parts.map(([keyword, sign]) => ` ${sign} ${schema[keyword]}`).join(",");
}

/**
 * @param {Schema} schema without references
 * @returns {string}
 */
export function typeInWords(schema) {
  const options = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(options)) {
    // null stands for "not sent", which the field says already.
    const named = options.filter(({ type }) => type !== "null");
    return named.map(typeInWords).join(" or ");
  }
  if (Array.isArray(schema.enum)) return schema.enum.join(" or ");
  if ("const" in schema) return String(schema.const);
  if (schema.format === "binary") return "file";
  if (schema.type === "array") return `list of ${typeInWords(schema.items ?? {})}`;
  return `${schema.type ?? "any"}${bounds(schema)}`;
}
