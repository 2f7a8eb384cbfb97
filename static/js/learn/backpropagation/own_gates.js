/** Two gates of a real network, and what passes back through them. */

import { readable } from "../../lenses/arithmetic/values.js";
import { byId, element } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";
import { pageLink } from "../parts/links.js";

/** @typedef {import("../../types.js").Explanation} Explanation */

// A rectifier and an addition, each at the unit that answered most.
const GATES = ["bn1.act", "blocks.1.1.add"];

/**
 * @param {object} options
 * @param {string} options.model
 * @param {import("../../api/api.js").Api} options.api
 * @param {(error: unknown) => void} options.onFailure
 */
export function createOwnGates({ model, api, onFailure }) {
  const latest = createLatest();
  const clear = () => byId("own-gates").replaceChildren();

  /** @param {string} image @param {AbortSignal} signal @returns {Promise<Explanation[]>} */
  function explained(image, signal) {
    return Promise.all(
      GATES.map(async (layer) => {
        const place = { model, layer, image };
        const { units } = await api.strongestUnit(place, signal);
        const [{ channel, row, column }] = units;
        const unit = { channel, row: row ?? undefined, column: column ?? undefined };
        return api.explanation({ ...place, ...unit }, signal);
      }),
    );
  }

  /** @param {string} image @param {Explanation[]} found */
  function draw(image, found) {
    byId("own-gates").replaceChildren(
      ...found.map(({ layer, channel, row, column, operation, value, derivatives }) =>
        element(
          "li",
          { attributes: { "data-layer": layer } },
          `${operation} in ${layer}, where it answers most, gave ${readable(value)}; its local gradient${derivatives.length > 1 ? "s are" : " is"} `,
          ...derivatives.flatMap(({ value: slope }, place) => [
            place > 0 ? " and " : "",
            element("span", { class: "figure", text: readable(slope), attributes: { "data-slope": slope ?? "" } }),
          ]),
          derivatives.every(({ value: slope }) => slope === 0)
            ? ": nothing passes back there, so nothing behind it is to blame through it. "
            : ": what flows in passes back. ",
          pageLink("See it in the microscope", { model, image, layer, channel, row, column, lens: "number" }),
          ".",
        ),
      ),
    );
  }

  return {
    /** @param {string} image */
    show(image) {
      latest.run(
        (signal) => explained(image, signal),
        (found) => draw(image, found),
        (error) => {
          clear();
          onFailure(error);
        },
      );
    },
  };
}
