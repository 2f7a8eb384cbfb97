/** Chapter 12, to be replaced: the challenges alone. */

import { createChapterAddress } from "../parts/address.js";
import { startChapter } from "../parts/chapter.js";
import { createChallenges } from "./challenges.js";
import { CHALLENGE_KEYS } from "./challenges_keys.js";

const address = createChapterAddress({ ...CHALLENGE_KEYS });

startChapter(address, async (chapter) => {
  await createChallenges(chapter, address);
});
