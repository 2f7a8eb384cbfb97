/** Values that a person is likely to want in a field, so that Send works at once. */

import { element } from "../../shared/element.js";
import { loadPicture } from "./transport.js";

/** @typedef {import("./openapi.js").Field} Field */
/** @typedef {import("./openapi.js").Operation} Operation */
/** @typedef {ReturnType<typeof createSuggestions>} Suggestions */

const LISTS = /** @type {const} */ ({
  model: "known-models",
  model_id: "known-models",
  image: "known-images",
  image_id: "known-images",
});
const FILE_EXTENSIONS = { "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp" };

/** @param {string} id @param {string[]} values */
const createList = (id, values) =>
  element(
    "datalist",
    { attributes: { id } },
    ...values.map((value) => element("option", { attributes: { value } })),
  );

/**
 * @param {import("../../api/api.js").Api} api
 * @param {{models: string[], default_model: string, images: string[]}} known the first image is
 *   the one to begin with
 */
export function createSuggestions(api, { models, default_model, images }) {
  const image_list = createList(LISTS.image, images);
  document.body.append(createList(LISTS.model, models), image_list);
  /** @type {Set<(image_id: string) => void>} */
  const listeners = new Set();

  return {
    /**
     * @param {Field} field
     * @param {Operation} operation
     * @returns {string} empty where nothing is likely
     */
    valueFor({ name, example, default_value }, { method }) {
      if (example !== null) return example;
      if (default_value !== null) return default_value;
      const list = LISTS[/** @type {keyof typeof LISTS} */ (name)];
      if (list === LISTS.model) return default_model;
      // An example cannot be deleted: that field waits for a picture of the person's own.
      if (list === LISTS.image) return method === "DELETE" ? "" : (images[0] ?? "");
      return name === "top" ? "5" : "";
    },

    /** @param {Field} field @returns {string | null} the id of the list of known values */
    listFor: ({ name }) => LISTS[/** @type {keyof typeof LISTS} */ (name)] ?? null,

    /** @param {string} image_id just uploaded */
    addImage(image_id) {
      image_list.prepend(element("option", { attributes: { value: image_id } }));
      for (const listener of listeners) listener(image_id);
    },

    /** @param {(image_id: string) => void} listener */
    onImage: (listener) => void listeners.add(listener),

    /** @returns {Promise<File>} an example photograph, as if the person had picked it */
    async exampleFile() {
      const blob = await loadPicture(api.imageUrl(images[0]));
      const extension = FILE_EXTENSIONS[/** @type {keyof typeof FILE_EXTENSIONS} */ (blob.type)];
      const name = images[0].replace(/^example-/, "");
      return new File([blob], `${name}.${extension ?? "png"}`, { type: blob.type });
    },
  };
}
