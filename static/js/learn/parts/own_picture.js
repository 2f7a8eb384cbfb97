/** The person's own picture, the same in every chapter: an example, a file, or what they draw. */

import { lastPicture, rememberPicture } from "../../picture/last_picture.js";
import { createDropZone } from "../../shared/drop_zone.js";
import { button, element } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";
import { Problem, asProblem } from "../../shared/problem.js";

/**
 * A picture to choose: it opens with the one of the address, else the one last looked at, else the
 * first example.
 *
 * @param {HTMLElement} parent
 * @param {object} parts
 * @param {import("../../api/api.js").Api} parts.api
 * @param {import("./address.js").ChapterAddress} parts.address
 * @param {(image_id: string) => void} parts.onPicture now and after every change
 * @param {string} [parts.first] the example that is shown where nothing was looked at yet; the first
 * @returns {Promise<{forget: () => void}>} forget: the server does not keep the picture any more;
 *   an example takes its place
 */
export async function createOwnPicture(parent, { api, address, onPicture, first = "" }) {
  const shown = element("img", { class: "own-picture", attributes: { alt: "Your picture" } });
  const list = element("div", {
    class: "own-picture-examples",
    attributes: { role: "group", "aria-label": "Example pictures" },
  });
  const problem = element("p", { class: "is-wrong", attributes: { role: "alert" } });
  const file = element("input", {
    class: "visually-hidden",
    attributes: { type: "file", accept: "image/*", tabindex: -1, "aria-label": "Picture file" },
    on: {
      change() {
        send([...(file.files ?? [])]);
        file.value = ""; // the same file may be chosen again
      },
    },
  });
  parent.append(
    shown,
    element(
      "div",
      { class: "own-picture-choice" },
      list,
      button("Your own picture…", () => file.click(), { class: "button button-small" }),
      file,
      problem,
    ),
  );
  const upload = createLatest();
  createDropZone({ invitation: () => "Drop your picture", onDrop: send });

  const { examples } = await api.examples();
  const buttons = new Map(
    examples.map(({ id, title }) => [
      id,
      element(
        "button",
        {
          class: "example",
          attributes: { type: "button", "aria-label": `Example: ${title}` },
          on: { click: () => choose(id) },
        },
        element("img", { attributes: { src: api.thumbnailUrl(id), alt: "" } }),
      ),
    ]),
  );
  list.append(...buttons.values());

  let current = "";

  /** @param {string} image_id */
  function choose(image_id) {
    problem.textContent = "";
    rememberPicture(image_id);
    current = image_id;
    address.change({ image: image_id });
    show(image_id);
  }

  /** @param {string} image_id */
  function show(image_id) {
    current = image_id;
    shown.src = api.imageUrl(image_id);
    for (const [id, node] of buttons) node.setAttribute("aria-pressed", String(id === image_id));
    onPicture(image_id);
  }

  /** @param {File[]} files */
  function send([picture]) {
    if (!picture) return;
    upload.run(
      (signal) => api.uploadImage(picture, picture.name, { signal, onProgress: () => undefined }),
      ({ id }) => choose(id),
      (error) => {
        problem.textContent = asProblem(error).message;
      },
    );
  }

  const forget = () => choose(examples[0].id);
  // Forgotten since it was last looked at: the examples are there for ever.
  shown.addEventListener("error", () => {
    if (!buttons.has(address.get().image ?? lastPicture() ?? "")) forget();
  });
  if (examples.length === 0) throw new Problem("unknown-image", "The server has no example.");
  show(address.get().image ?? lastPicture() ?? (buttons.has(first) ? first : examples[0].id));
  // Chosen elsewhere in the chapter, or the browser went back.
  address.subscribe(({ image }) => {
    if (image !== null && image !== current) show(image);
  });
  return { forget };
}
