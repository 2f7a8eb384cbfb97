/** The OpenAPI document, read into what the page shows. */

import { typeInWords } from "./schema_words.js";

/**
 * @typedef {object} Field  Something that a request carries.
 * @property {string} name
 * @property {"path" | "query" | "header" | "form" | "json"} place
 * @property {string} type in words
 * @property {boolean} is_file
 * @property {boolean} is_text whether JSON writes it in quotation marks
 * @property {boolean} required
 * @property {string[] | null} choices the only values that are taken; null: any
 * @property {string | null} default_value what the server takes where nothing is sent
 * @property {string | null} example
 * @property {string} description
 * @property {OnlyWith | null} only_with null: with any
 *
 * @typedef {object} OnlyWith  With which values of another field this one is taken.
 * @property {string} name of the other field
 * @property {Record<string, unknown>} defaults by its value; null: nothing is said
 *
 * @typedef {object} Success
 * @property {string} status
 * @property {string} description of the status, where the document says more than the usual
 * @property {string} meaning of the body
 * @property {string[]} media_types empty: there is no body
 * @property {string | null} example
 *
 * @typedef {{slug: string, title: string, status: string, example: string}} ProblemKind
 *
 * @typedef {object} Operation
 * @property {string} id
 * @property {string} method
 * @property {string} path with its parameters in braces
 * @property {string} tag
 * @property {string} summary
 * @property {string} description
 * @property {Field[]} fields
 * @property {boolean} sends_form
 * @property {boolean} sends_json
 * @property {Success[]} successes the usual one first
 * @property {ProblemKind[]} problems
 */

const METHODS = ["get", "post", "put", "patch", "delete"];
const FORM = "multipart/form-data";
const JSON_TYPE = "application/json";
const BODIES = /** @type {const} */ ([
  [FORM, "form"],
  [JSON_TYPE, "json"],
]);
const PROBLEM = "application/problem+json";
const UNSAID = "Successful Response"; // what the framework writes where nobody said more

/** @typedef {Record<string, any>} Document any part of it */

/**
 * @param {Document} openapi
 * @param {Document} schema maybe a reference
 * @returns {Document}
 */
function resolve(openapi, schema) {
  if (typeof schema.$ref !== "string") return schema;
  /** @type {any} */
  let target = openapi;
  for (const step of schema.$ref.replace(/^#\//, "").split("/")) target = target[step];
  return resolve(openapi, target);
}

/** @param {unknown} value */
const asText = (value) =>
  value === undefined || value === null
    ? null
    : typeof value === "string"
      ? value
      : JSON.stringify(value, null, 2);

/** @param {string[] | Record<string, unknown>} values a list says nothing of what is not sent */
const defaultsOf = (values) =>
  Array.isArray(values) ? Object.fromEntries(values.map((value) => [value, null])) : values;

/**
 * @param {Document} schema
 * @param {{name: string, place: Field["place"], required: boolean, example?: unknown,
 *   description?: string}} facts
 * @returns {Field}
 */
function readField(schema, { name, place, required, example, description }) {
  const [only] = Object.entries(schema["x-only-with"] ?? {});
  const only_with = only ? { name: only[0], defaults: defaultsOf(only[1]) } : null;
  return {
    name,
    place,
    required,
    type: typeInWords(schema),
    is_file: schema.format === "binary",
    is_text: [schema, ...(schema.anyOf ?? [])].some((each) => each.type === "string"),
    choices: (schema.enum ?? schema["x-known-values"])?.map(String) ?? null,
    default_value: asText(schema.default),
    example: asText(example ?? schema.example ?? schema.examples?.[0]),
    // What the schema says itself leaves out for which methods.
    description: (only_with ? schema.description : null) ?? description ?? schema.description ?? "",
    only_with,
  };
}

/** @param {Document} openapi @param {Document} operation */
function readFields(openapi, operation) {
  const fields = (operation.parameters ?? []).map((/** @type {Document} */ parameter) =>
    readField(resolve(openapi, parameter.schema), {
      name: parameter.name,
      place: parameter.in,
      required: parameter.required === true,
      example: parameter.example,
      description: parameter.description,
    }),
  );
  const content = operation.requestBody?.content ?? {};
  for (const [media_type, place] of BODIES) {
    const body = content[media_type]?.schema;
    if (!body) continue;
    const whole = resolve(openapi, body);
    // Of several forms the first: what it is told to be decides.
    const { properties = {}, required = [], example = {} } = whole.oneOf
      ? resolve(openapi, whole.oneOf[0])
      : whole;
    const shown = { ...example, ...content[media_type].example };
    for (const [name, schema] of Object.entries(properties)) {
      const facts = { name, place, required: required.includes(name), example: shown[name] };
      fields.push(readField(resolve(openapi, schema), facts));
    }
  }
  return fields;
}

/**
 * @param {Document} openapi
 * @param {string} status
 * @param {Document} response
 * @returns {Success}
 */
function readSuccess(openapi, status, response) {
  const content = Object.entries(response.content ?? {});
  let example = null;
  let meaning = "";
  for (const [, { schema = {}, example: shown, examples = {} }] of content) {
    const resolved = resolve(openapi, schema);
    meaning ||= resolved.description ?? "";
    example ??= asText(shown ?? Object.values(examples)[0]?.value ?? resolved.example);
  }
  const description = response.description === UNSAID ? "" : (response.description ?? "");
  const media_types = content.map(([media_type]) => media_type);
  return { status, description, meaning, media_types, example };
}

/**
 * @param {Document} openapi
 * @param {string} status
 * @param {Document} response
 * @returns {ProblemKind[]}
 */
function readProblems(openapi, status, response) {
  const examples = Object.entries(response.content?.[PROBLEM]?.examples ?? {});
  return examples.map(([slug, example]) => {
    const { value } = resolve(openapi, example);
    const title = String(value?.title ?? response.description);
    return { slug, status, title, example: asText(value) ?? "" };
  });
}

/**
 * @param {Document} openapi
 * @returns {Operation[]} in the order of the document
 */
export function readOperations(openapi) {
  const operations = [];
  for (const [path, methods] of Object.entries(openapi.paths)) {
    for (const method of METHODS.filter((name) => name in methods)) {
      const operation = methods[method];
      const responses = Object.entries(operation.responses ?? {});
      // JSON.parse puts numeric keys in order, so 200 precedes a route's own 202: the usual
      // success is the one on which the document has nothing special to say.
      const successes = responses
        .filter(([status]) => status.startsWith("2"))
        .map(([status, response]) => readSuccess(openapi, status, response))
        .sort((a, b) => Number(a.description !== "") - Number(b.description !== ""));
      operations.push({
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
        tag: operation.tags?.[0] ?? "other",
        summary: operation.summary ?? "",
        description: operation.description ?? "",
        fields: readFields(openapi, operation),
        sends_form: Boolean(operation.requestBody?.content?.[FORM]),
        sends_json: Boolean(operation.requestBody?.content?.[JSON_TYPE]),
        successes,
        problems: responses
          .filter(([status]) => !status.startsWith("2"))
          .flatMap(([status, response]) => readProblems(openapi, status, response)),
      });
    }
  }
  return operations;
}

/**
 * Whether the answer is a file to be saved. Of an operation that answers in several forms that depends
 * on the one that is asked for.
 *
 * @param {Operation} operation
 * @param {string | undefined} format that is chosen; undefined leaves it to the server
 */
export function isBinary({ successes, fields }, format) {
  const types = successes.flatMap(({ media_types }) => media_types);
  const texts = types.filter((type) => /json|^text\//.test(type));
  if (texts.length > 0 && texts.length < types.length) {
    const usual = fields.find(({ name }) => name === "format")?.default_value ?? "json";
    return (format ?? usual) !== "json";
  }
  return types.length > 0 && texts.length === 0;
}

/**
 * What a program gets back.
 *
 * @param {Operation} operation
 * @param {string | undefined} format that is chosen
 * @returns {"json" | "npy" | "bytes" | "nothing"}
 */
export function answerForm(operation, format) {
  const types = operation.successes.flatMap(({ media_types }) => media_types);
  if (types.length === 0) return "nothing";
  if (!isBinary(operation, format)) return "json";
  const usual = operation.fields.find(({ name }) => name === "format")?.default_value;
  return (format ?? usual) === "npy" || (!usual && types.includes("application/octet-stream"))
    ? "npy"
    : "bytes";
}

/** @param {Operation} operation */
export const isEventStream = ({ successes }) =>
  successes.some(({ media_types }) => media_types.includes("text/event-stream"));
