/** What can be done with one run of the list: named, taken away, put beside another, deleted. */

import { button, element } from "../../shared/element.js";

/**
 * @param {import("../../types.js").Run} run
 * @param {{session: import("./session.js").Session, address: import("./address.js").Address,
 *   training: import("./training_api.js").TrainingApi}} parts
 */
export function createRunTools(run, { session, address, training }) {
  const node = element("div", { class: "train-run-tools" });
  const newest = run.checkpoints.at(-1);
  const { run: shown_id, other } = address.get();
  const shown = session.get().runs.find(({ id }) => id === shown_id);

  const name = element("input", {
    class: "text-input",
    attributes: { type: "text", maxlength: 80, value: run.name, "aria-label": "Name of the run", placeholder: "a name" },
  });
  const naming = element(
    "form",
    {
      class: "train-name",
      on: {
        /** @param {Event} event */
        submit(event) {
          event.preventDefault();
          name.blur();
          session.rename(run.id, name.value);
        },
      },
    },
    name,
    element("button", { class: "button button-small", text: "Rename", attributes: { type: "submit" } }),
  );
  node.append(naming);

  if (newest) {
    const [weights, bundle] = /** @type {const} */ (["weights", "bundle"]).map((form) =>
      training.downloadUrl(run.id, newest.step, form),
    );
    node.append(
      element(
        "p",
        { class: "train-links" },
        element("a", { text: "safetensors", attributes: { href: weights, download: "", title: "The weights alone, after the last step that was kept" } }),
        element("a", { text: "bundle", attributes: { href: bundle, download: "", title: "Weights, classes and preparation: opens on any Convscope server" } }),
        element("a", { text: "in the microscope", attributes: { href: `./?${new URLSearchParams({ model: newest.model })}` } }),
      ),
    );
  }
  if (shown_id !== null && run.id !== shown_id) {
    const is_second = run.id === other;
    node.append(
      button(is_second ? "Take its curves away" : "Curves beside those shown", () => {
        address.change({ other: is_second ? null : run.id });
      }, { class: "button button-small" }),
    );
    if (newest && shown?.model) {
      const models = new URLSearchParams({ left_model: shown.model, right_model: newest.model });
      node.append(element("p", { class: "train-links" }, element("a", { text: "both networks on one picture", attributes: { href: `compare?${models}` } })));
    }
  }

  const remove = button("Delete …", () => ask(true), { class: "button button-small" });
  remove.disabled = run.is_going_on;
  if (run.is_going_on) remove.title = "Stop it first";
  const question = element("p", { text: "Delete this run with all its networks? They cannot be had back." });
  const yes = button("Delete it", () => session.forget(run.id), { class: "button button-small button-danger" });
  const no = button("Keep it", () => ask(false), { class: "button button-small" });
  const asking = element("div", { class: "notice", attributes: { hidden: true, role: "group", "aria-label": "Delete this run?" } }, question, element("div", { class: "notice-actions" }, yes, no));
  /** @param {boolean} is_asked */
  function ask(is_asked) {
    asking.hidden = !is_asked;
    remove.hidden = is_asked;
    (is_asked ? no : remove).focus();
  }
  node.append(remove, asking);
  return node;
}
