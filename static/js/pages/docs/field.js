/** One thing that a request carries: what it is, and where to type it. */

import { button, element } from "../../shared/element.js";
import { asProblem } from "../../shared/problem.js";
import { suggest } from "../../shared/suggestion.js";
import { prose } from "./prose.js";

/** @typedef {import("./openapi.js").Field} Field */
/** @typedef {import("./openapi.js").Operation} Operation */
/** @typedef {import("./suggestions.js").Suggestions} Suggestions */
/** @typedef {HTMLInputElement | HTMLSelectElement} Control */

/**
 * @typedef {object} FieldView
 * @property {string} name
 * @property {() => string | File | null} read null: nothing is sent
 * @property {(others: FieldView[]) => void} update show it only with what it goes with
 */

const PLACES = {
  path: "in the path",
  query: "in the query",
  header: "a header",
  form: "in the form",
  json: "in the body",
};

/**
 * @param {Field} field
 * @param {Operation} operation
 * @param {Suggestions} suggestions
 * @param {Record<string, string>} attributes
 * @returns {Control}
 */
function createControl(field, operation, suggestions, attributes) {
  if (field.is_file) {
    return element("input", {
      class: "docs-input docs-file",
      attributes: { ...attributes, type: "file", required: field.required },
    });
  }
  const value = suggestions.valueFor(field, operation);
  if (field.choices) {
    const choices = field.required ? field.choices : ["", ...field.choices];
    const select = element(
      "select",
      { class: "select docs-input", attributes },
      ...choices.map((choice) =>
        element("option", { text: choice || "(not sent)", attributes: { value: choice } }),
      ),
    );
    select.value = value;
    return select;
  }
  const list = suggestions.listFor(field);
  // Plain text for numbers too: a wrong value may be sent, to see what the server says to it.
  const input = element("input", {
    class: "docs-input",
    attributes: {
      ...attributes,
      type: "text",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      required: field.required,
      placeholder: field.required ? "required" : "not sent",
      ...(list ? { list } : {}),
    },
  });
  input.value = value;
  return input;
}

/**
 * @param {HTMLInputElement} input
 * @param {Suggestions} suggestions
 */
function createExampleFileButton(input, suggestions) {
  const said = element("span", { class: "quiet", attributes: { role: "status" } });
  const pick = button("Use an example", pickExample, { class: "button button-small" });
  async function pickExample() {
    try {
      const files = new DataTransfer();
      files.items.add(await suggestions.exampleFile());
      input.files = files.files;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      said.textContent = "";
    } catch (error) {
      said.textContent = asProblem(error).message;
    }
  }
  return element("div", { class: "toolbar" }, pick, said);
}

/**
 * @param {HTMLElement} parent
 * @param {Field} field
 * @param {{operation: Operation, suggestions: Suggestions}} context
 * @returns {FieldView}
 */
export function createFieldView(parent, field, { operation, suggestions }) {
  const { name, place, type, required, default_value, description, only_with } = field;
  const id = `${operation.id}.${name}`;
  const described_by = `${id}.facts`;
  const control = createControl(field, operation, suggestions, {
    id,
    name,
    "aria-describedby": described_by,
  });
  const facts = element("span");
  const view = element(
    "div",
    { class: "docs-field" },
    element(
      "div",
      { class: "docs-field-head" },
      element("label", { class: "docs-field-name", text: name, attributes: { for: id } }),
      element(
        "span",
        { class: "quiet", attributes: { id: described_by } },
        facts,
        required ? element("strong", { text: "required" }) : "optional",
      ),
    ),
    ...prose(description),
    control,
    control instanceof HTMLInputElement && field.is_file
      ? createExampleFileButton(control, suggestions)
      : null,
  );
  parent.append(view);
  sayFacts(default_value);

  /** @param {unknown} if_not_sent null: nothing is said of it */
  function sayFacts(if_not_sent) {
    const said = [type, PLACES[place]];
    if (if_not_sent !== null) said.push(`${if_not_sent} if not sent`);
    facts.textContent = `${said.join(", ")}, `;
  }

  const takes_image = suggestions.listFor(field) === "known-images" && control.value === "";
  if (takes_image && control instanceof HTMLInputElement) {
    suggestions.onImage((image_id) => {
      suggest(control, image_id);
      control.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  return {
    name,
    update(others) {
      if (!only_with) return;
      const chosen = others.find((other) => other.name === only_with.name)?.read();
      const is_taken = typeof chosen === "string" && chosen in only_with.defaults;
      view.hidden = !is_taken;
      if (is_taken) sayFacts(only_with.defaults[chosen] ?? default_value);
    },
    read() {
      if (view.hidden) return null;
      if (control instanceof HTMLInputElement && field.is_file) return control.files?.[0] ?? null;
      return control.value === "" ? null : control.value;
    },
  };
}
