/** Chapter 4: why the logarithm? */

import { byId } from "../../shared/element.js";
import { startChapter } from "../parts/chapter.js";
import { createBoard } from "./board.js";
import { createCodes } from "./codes.js";
import { createLongProduct } from "./long_product.js";
import { createOwnLoss } from "./own_loss.js";
import { address, createShown } from "./shown.js";

startChapter(address, async (chapter) => {
  const shown = createShown();
  const { fail } = chapter;
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
  await Promise.all([
    createBoard(board, { shown, fail }),
    createLongProduct(product, { shown, fail }),
    createCodes(codes, { shown, fail }),
    createOwnLoss(own, { shown, address, chapter }),
  ]);
});
