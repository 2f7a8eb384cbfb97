/** The last layer of a deep network: a linear classifier, too, on the person's own picture. */

import { byId, setText } from "../../shared/element.js";
import { formatInteger } from "../../shared/format.js";
import { createLatest } from "../../shared/latest.js";
import { Problem } from "../../shared/problem.js";
import { createFormula } from "../parts/formula.js";
import { pageLink } from "../parts/links.js";
import { createOwnPicture } from "../parts/own_picture.js";
import { LAYER, MODEL } from "./address.js";

const PHOTOGRAPHS = "efficientnet_lite0.imagenet1k";
/** Its weights ship, whatever else is missing. */
const FALLBACK = "lenet5.mnist5k";

/**
 * @param {import("./address.js").Address} address
 * @param {import("../parts/chapter.js").Chapter} chapter
 */
export async function createYours(address, { api, fail }) {
  const formula = createFormula("templates.yours");
  const latest = createLatest();
  const wanted = await api.model(PHOTOGRAPHS);
  const detail = wanted.weights.status === "ready" ? wanted : await api.model(FALLBACK);
  const model = detail.id;
  const layer = detail.output;
  /** @type {{forget: () => void} | null} */
  let own = null;

  /** @param {string} image */
  function look(image) {
    latest.run(
      async (signal) => {
        const { classes } = await api.predictions(model, image, 1, signal);
        const [first] = classes;
        const unit = { model, layer, channel: first.index };
        return { first, told: await api.explanation({ ...unit, image }, signal) };
      },
      ({ first, told }) => {
        fail(null);
        const sum = told.patch?.total ?? null;
        formula.fill({ sum, bias: told.bias, score: told.explained });
        setText(
          byId("yours-words"),
          `${detail.title} has ${formatInteger(detail.classes ?? 0)} templates of ${formatInteger(told.patch?.terms ?? 0)} numbers `
            + `each. The largest score on your picture is that of “${first.label}”:`,
        );
        const digit = { model: MODEL, preparation: "as-drawn" };
        byId("yours-links").replaceChildren(
          pageLink("How that score came about, term by term", {
            ...{ model, image, layer, lens: "number", channel: first.index },
          }),
          " · ",
          pageLink("all its scores", { model, image }),
          " · ",
          pageLink("the ten templates", { model: MODEL, layer: LAYER, lens: "filters" }),
          " · ",
          pageLink("draw a digit under them", digit),
        );
      },
      (error) => {
        if (own && error instanceof Problem && error.type === "unknown-image") own.forget();
        else fail(error);
      },
    );
  }
  own = await createOwnPicture(byId("yours-picture"), { api, address, onPicture: look });
}
