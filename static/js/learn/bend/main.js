/** Chapter 5: what no stack of linear layers can do. */

import { byId } from "../../shared/element.js";
import { startChapter } from "../parts/chapter.js";
import { createBendAddress } from "./address.js";
import { createFunctions } from "./functions.js";
import { createMaxout } from "./maxout.js";
import { createPlayground } from "./playground.js";
import { createSideBySide } from "./side_by_side.js";
import { createStack } from "./stack.js";
import { createTaller } from "./taller.js";
import { createYours } from "./yours.js";

const address = createBendAddress();

startChapter(address, async ({ api, part }) => {
  createStack({ address, fail: part().fail });
  createTaller(byId("taller"), { address, fail: part().fail });
  createMaxout({ address });
  createSideBySide(byId("side-by-side"), { address, fail: part().fail });
  await Promise.all([createPlayground({ address, fail: part().fail }), createFunctions({ address })]);
  const { fail } = part();
  whenNear(byId("yours"), () => createYours({ api, address, fail }).catch(fail));
});

/**
 * A whole network runs for the last part: not before somebody is nearly there.
 *
 * @param {HTMLElement} node
 * @param {() => void} begin
 */
function whenNear(node, begin) {
  const observer = new IntersectionObserver(
    ([{ isIntersecting }]) => {
      if (!isIntersecting) return;
      observer.disconnect();
      begin();
    },
    { rootMargin: "300px" },
  );
  observer.observe(node);
}
