/** Chapter 5: what no stack of linear layers can do. */

import { byId } from "../../shared/element.js";
import { startChapter } from "../parts/chapter.js";
import { createBendAddress } from "./address.js";
import { createFunctions } from "./functions.js";
import { createMaxout } from "./maxout.js";
import { createPlayground } from "./playground.js";
import { createSideBySide } from "./side_by_side.js";
import { createStack } from "./stack.js";
import { createYours } from "./yours.js";

const address = createBendAddress();

startChapter(address, async ({ api, is_embedded, fail }) => {
  createStack({ address, fail });
  createMaxout({ address });
  createSideBySide(byId("side-by-side"), { address, fail });
  await Promise.all([createPlayground({ address, fail }), createFunctions({ address })]);
  if (!is_embedded) await createYours({ api, address, fail });
});
