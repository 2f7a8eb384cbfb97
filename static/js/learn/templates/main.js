/** Chapter 2: why does a linear classifier say 7? */

import { startChapter } from "../parts/chapter.js";
import { createAccuracies } from "./accuracies.js";
import { address } from "./address.js";
import { createFall } from "./fall.js";
import { createFlat } from "./flat.js";
import { createLines } from "./lines.js";
import { createYours } from "./yours.js";

startChapter(address, async (chapter) => {
  const flat = createFlat(address);
  const fall = createFall(address, chapter.part(), flat.show);
  const lines = createLines(address, chapter.part());
  const yours = createYours(address, chapter.part());
  await Promise.all([fall, lines, yours]);
  createAccuracies(chapter.part());
});
