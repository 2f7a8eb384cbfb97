/** Chapter 3: what does a gap of 1 between two scores mean? */

import { button, byId } from "../../shared/element.js";
import { createNumberField } from "../../shared/number_field.js";
import { startChapter } from "../parts/chapter.js";
import { pageLink } from "../parts/links.js";
import { createBoard } from "./board.js";
import { createGap } from "./gap.js";
import { createLimits } from "./limits.js";
import { createNetworkScores, createRest } from "./network_scores.js";
import { compared, presented } from "./presented.js";
import { FURTHEST, MOST_ADDED, shown } from "./shown.js";
import { createSum } from "./sum.js";
import { createTemperatures } from "./temperatures.js";
import { scoreText } from "./written.js";

startChapter(shown, (chapter) => {
  /** @type {import("./network_scores.js").NetworkScores | null} */
  let found = null;
  /** @type {import("./presented.js").Presented | null} */
  let view = null;

  const temperature = createNumberField({
    label: "Temperature T",
    ...{ low: 0.1, high: 10, step: 0.1, value: shown.get().temperature, logarithmic: true },
    onChange: (value) => shown.change({ temperature: value }),
  });
  const added = createNumberField({
    label: "Added to every score",
    ...{ low: -MOST_ADDED, high: MOST_ADDED, step: 0.5, value: shown.get().added },
    onChange: (value) => shown.change({ added: value }),
  });
  const reset = button(
    "Reset to the network’s",
    () => shown.change({ moved: {}, temperature: 1, added: 0 }),
    { class: "button button-small" },
  );
  byId("score-tools").append(temperature.node, added.node, reset);

  const board = createBoard(byId("score-board"), setScore);
  const sum = createSum(byId("score-sum"), byId("score-sum-note"));
  const gap = createGap(
    { choices: byId("gap-choices"), words: byId("gap-words"), table: byId("gap-table"), sides: byId("gap-sides") },
    { shown, setScore },
  );
  const limits = createLimits(
    { plot: byId("limits-plot"), words: byId("limits-words") },
    (score) => view && setScore(compared(view, shown.get())[0], score),
  );
  const temperatures = createTemperatures(
    {
      plot: byId("temperature-plot"),
      words: byId("temperature-words"),
      figures: byId("temperature-figures"),
    },
    chapter.part(),
  );
  const rest = createRest({ onSum: update, fail: chapter.part().fail });
  for (const [text, score] of /** @type {const} */ ([
    ["Score −1,000", -FURTHEST],
    ["Score +1,000", FURTHEST],
  ])) {
    byId("limits-tools").append(
      button(text, () => view && setScore(compared(view, shown.get())[0], score), {
        class: "button button-small",
      }),
    );
  }

  /** @param {number} place @param {number} score as it is shown, with what was added */
  function setScore(place, score) {
    if (!found) return;
    const now = shown.get();
    const { index } = found.classes[place];
    const own = Number((score - now.added).toPrecision(14));
    shown.change({ moved: { ...now.moved, [index]: own } });
  }

  function update() {
    if (!found) return;
    const now = shown.get();
    temperature.show(now.temperature);
    added.show(now.added);
    const rest_sum = rest.logSum(now.temperature);
    if (rest_sum === null) {
      board.setStale();
      return;
    }
    view = presented(found, now, rest_sum);
    const [chosen] = compared(view, now);
    board.show(view);
    sum.show(view, chosen);
    gap.show(view);
    limits.show(view, chosen, board.ends());
    temperatures.show(view, found.others);
    reset.disabled = view.is_own;
    byId("score-words").textContent = wordsOf(view);
  }
  shown.subscribe(update);

  return createNetworkScores(
    { picture: byId("own-picture"), choices: byId("own-choices") },
    {
      ...{ shown, chapter: chapter.part() },
      onAsk: board.setStale,
      onScores(next) {
        found = next;
        rest.setOthers(next.others);
        board.build(next);
        showLinks(next);
        update();
      },
    },
  );
});

/** @param {import("./presented.js").Presented} view */
function wordsOf({ is_own, added, temperature }) {
  if (is_own) return "Nothing is moved yet: these are the probabilities of the microscope.";
  const said = [];
  if (added !== 0) {
    said.push(
      `${scoreText(added)} was added to every score: every exponential and their sum are multiplied by the same \
number. That changes no softmax, but every sigmoid.`,
    );
  }
  if (temperature < 1) said.push("T below 1 widens every gap: the largest score takes from the others.");
  if (temperature > 1) said.push("T above 1 narrows every gap: all come closer to 1/c.");
  return said.join(" ") || "Thin marks: what the network gave.";
}

/** @param {import("./network_scores.js").NetworkScores} found */
function showLinks({ model, image, classes }) {
  byId("yours-links").replaceChildren(
    pageLink("These scores and their probabilities", { model, image }),
    pageLink(`Why “${classes[0].label}”?`, { model, image, lens: "why", class: classes[0].index }),
    pageLink("What changes them: cover, shift and tint the picture", { model, image, lens: "what-if" }),
  );
}
