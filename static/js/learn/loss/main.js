/** Chapter 4: why the logarithm? */

import { byId } from "../../shared/element.js";
import { startChapter } from "../parts/chapter.js";
import { normalised } from "./arithmetic.js";
import { createBoard } from "./board.js";
import { createCodes } from "./codes.js";
import { keepAsking } from "./lesson.js";
import { createLongProduct } from "./long_product.js";
import { createOwnLoss } from "./own_loss.js";
import { shown } from "./shown.js";

startChapter(shown, async (chapter) => {
  const board = {
    board: byId("board"),
    tools: byId("board-tools"),
    figures: byId("board-figures"),
    verdict: byId("board-verdict"),
  };
  const product = {
    plot: byId("product-plot"),
    tools: byId("product-tools"),
    figures: byId("product-figures"),
    words: byId("product-words"),
    sum: byId("product-sum"),
  };
  const codes = {
    happens: byId("code-happens"),
    expects: byId("code-expects"),
    p_sum: byId("p-sum"),
    q_sum: byId("q-sum"),
    areas: byId("code-areas"),
    tools: byId("code-tools"),
    figures: byId("code-figures"),
    terms: byId("code-terms"),
  };
  const own = {
    picture: byId("own-picture"),
    choices: byId("own-choices"),
    results: byId("own-results"),
    figures: byId("own-figures"),
    table: byId("own-table"),
    words: byId("own-words"),
    links: byId("own-links"),
  };
  const answers = {
    board: createBoard(board, shown),
    product: createLongProduct(product, shown),
    codes: createCodes(codes, shown),
  };
  await Promise.all([
    keepAsking(shown, {
      question: ({ five, pictures }) => confidencesBody(five, pictures),
      onAnswer({ pictures }, { confidences }) {
        if (!pictures?.long_product) return;
        answers.board.show(pictures);
        answers.product.take("five", { confidences, found: pictures.long_product });
      },
      fail: chapter.part().fail,
    }),
    keepAsking(shown, {
      question: ({ of, among, pictures }) =>
        of === "guess" ? confidencesBody([1 / among], pictures) : null,
      onAnswer({ pictures }, { confidences }) {
        if (!pictures?.long_product) return;
        answers.product.take("guess", { confidences, found: pictures.long_product });
      },
      fail: chapter.part().fail,
    }),
    keepAsking(shown, {
      question: ({ p, q }) => ({ kind: "codes", p: normalised(p), q: normalised(q) }),
      onAnswer({ codes: found }) {
        if (found) answers.codes.show(found);
      },
      fail: chapter.part().fail,
    }),
    createOwnLoss(own, { shown, chapter: chapter.part() }),
  ]);
});

/**
 * @param {number[]} confidences
 * @param {number} repeated
 * @returns {import("../../types.js").ConfidencesLossBody}
 */
const confidencesBody = (confidences, repeated) => ({
  kind: "confidences",
  confidences,
  repeated,
});
