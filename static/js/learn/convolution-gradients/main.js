/** Chapter 9: how often is a pixel used? */

import { startChapter } from "../parts/chapter.js";
import { address } from "./address.js";
import { createBoard } from "./board.js";
import { createColumns } from "./columns.js";
import { createLesson } from "./lesson.js";
import { createOwnDigit } from "./own_digit.js";

startChapter(address, async (chapter) => {
  const views = /** @type {{draw: () => void}[]} */ ([]);
  const lesson = createLesson(chapter.part().fail, () => {
    for (const { draw } of views) draw();
  });
  views.push(createBoard(lesson), createColumns(lesson));
  await createOwnDigit(chapter.part());
});
