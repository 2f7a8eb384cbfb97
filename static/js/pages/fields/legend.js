/** Which networks are on the plot, and the way to more of them. */

import { YOURS } from "../../models/search.js";
import { button, element } from "../../shared/element.js";
import { MOST_MODELS, originOf } from "./address.js";
import { COLOURS } from "./plot.js";

/**
 * @param {HTMLElement} parent
 * @param {HTMLElement} tools
 * @param {{networks: import("./networks.js").Networks, address: import("./address.js").Address,
 *   models: import("../../types.js").Model[]}} parts
 */
export function createLegend(parent, tools, { networks, address, models }) {
  // One entry a design: its weights do not change what its units see.
  const designs = models.filter(({ is_default_tag }) => is_default_tag);
  const choice = element("select", {
    class: "select",
    attributes: { "aria-label": "Add a network to the plot" },
    on: {
      change() {
        if (choice.value) networks.add(choice.value);
        choice.value = "";
      },
    },
  });
  const own = models.filter(({ origin }) => origin === "custom");
  /** @param {string} id @param {string} text */
  const option = (id, text) => element("option", { text, attributes: { value: id } });
  choice.append(
    option("", "Add a network …"),
    ...(own.length > 0
      ? [
          element(
            "optgroup",
            { attributes: { label: YOURS } },
            ...own.map(({ id, title }) => option(id, `${title} · ${id}`)),
          ),
        ]
      : []),
    ...designs.map(({ id, title }) => option(id, title)),
  );
  const log = element("input", {
    attributes: { type: "checkbox" },
    on: { change: () => address.change({ axis: log.checked ? "log" : "linear" }) },
  });
  tools.append(element("label", { class: "fields-check" }, log, "logarithmic"), choice);

  const list = element("ul", { class: "legend-list" });
  const status = element("p", { class: "quiet", attributes: { role: "status" } });
  parent.append(list, status);

  function update() {
    const { shown, loading, problem } = networks.get();
    log.checked = address.get().axis === "log";
    const origin = originOf(address.get().from);
    choice.disabled = shown.length >= MOST_MODELS;
    list.replaceChildren(
      ...shown.map((model, place) =>
        element(
          "li",
          {},
          element("span", { class: `legend-mark colour-${place % COLOURS}` }),
          element("a", {
            text: model.title,
            attributes: {
              href: model.id === origin?.model ? origin.href : `./?model=${encodeURIComponent(model.id)}`,
            },
          }),
          model.id === origin?.model ? element("span", { class: "quiet", text: "you come from here" }) : null,
          button("×", () => networks.remove(model.id), {
            class: "button button-quiet button-mark",
            title: `Take ${model.title} off the plot`,
            attributes: { "aria-label": `Take ${model.title} off the plot` },
          }),
        ),
      ),
    );
    status.textContent = problem
      ? problem.message
      : loading.length > 0
        ? `Tracing ${loading.join(", ")} …`
        : shown.length === 0
          ? "No network is on the plot: add one above."
          : "";
  }
  networks.subscribe(update);
  address.subscribe(update);
  update();
}
