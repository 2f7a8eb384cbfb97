/** Which network stands on a side, and which picture, where that is the side's own. */

import { createAssumedBadge } from "../../shared/assumed_badge.js";
import { button, element, setText } from "../../shared/element.js";
import { createRandomBadge } from "../../shared/random_badge.js";
import { LETTERS } from "./address.js";
import { createPictureStrip } from "./pictures.js";
import { microscopeSearch } from "./links.js";
import { createSteps } from "./steps.js";

/** @param {import("./address.js").Side} side @param {import("./page.js").Page} page */
export function createSideHead(side, page) {
  const { api, address, comparison, catalogue, chooser, examples } = page;
  const state = () => comparison.get()[side];
  const title = element("span", { class: "model-button-title" });
  const id = element("span", { class: "model-button-id" });
  const opener = element(
    "button",
    {
      class: "model-button",
      attributes: { type: "button", "aria-haspopup": "dialog" },
      on: { click: () => chooser.open(side) },
    },
    element("span", { class: "visually-hidden", text: `Network on the ${side}: ` }),
    title,
    id,
  );
  const badges = [createRandomBadge(), createAssumedBadge()];
  const steps = createSteps(side, page);
  const link = element("a", { class: "compare-open", text: `Open ${LETTERS[side]} in the microscope` });
  const strip = createPictureStrip({
    name: `Picture on the ${side}`,
    ...{ api, examples },
    onChoose: (image) => page.openImage(side, image),
    onFile: (file) => page.upload(side, file),
  });
  page.sending.subscribe((texts) => strip.say(texts[side]));
  const problem = element("span");
  const stop = button("Stop", () => comparison.stop(side), { class: "button button-small" });
  const random = button("Use random weights instead", useRandom, { class: "button button-small" });
  const problem_line = element(
    "div",
    { class: "notice notice-problem", attributes: { hidden: true, role: "alert" } },
    problem,
    element("div", { class: "notice-actions" }, random),
  );
  const node = element(
    "div",
    { class: "part part-head" },
    element(
      "div",
      { class: "compare-line" },
      element("span", { class: `compare-letter compare-letter-${side}`, text: LETTERS[side] }),
      opener,
    ),
    element(
      "div",
      { class: "compare-line compare-under" },
      ...badges.map(({ node: badge }) => badge),
      steps.node,
      link,
      stop,
    ),
    strip.node,
    problem_line,
  );

  const randomTwin = () => {
    const model = catalogue.find(state().model);
    return catalogue
      .all()
      .find(({ architecture, origin }) => origin === "random" && architecture === model?.architecture);
  };
  function useRandom() {
    const twin = randomTwin();
    if (twin) address.open(side, twin.id, comparison.get());
  }

  return {
    node,
    strip,

    update() {
      const { model, image, detail, problem: text, layer_problem, progress } = state();
      const known = detail ?? catalogue.find(model);
      setText(title, known?.title ?? model);
      setText(id, known ? model : "");
      for (const badge of badges) badge.show(known);
      steps.update();
      strip.node.hidden = address.get().mode === "networks";
      strip.show(image, known?.input_kind ?? "photograph");
      stop.hidden = progress === null;
      const words = text || layer_problem;
      problem_line.hidden = words === "";
      setText(problem, words);
      random.hidden = !(known && known.weights.status !== "ready" && randomTwin());
      link.setAttribute("href", `./${microscopeSearch(page, side)}`);
    },
  };
}
