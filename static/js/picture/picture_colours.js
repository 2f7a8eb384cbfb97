/** Keeps the open picture's colours as they were chosen: its own numbers, or converted. */

import { createLatest } from "../shared/latest.js";
import { asProblem } from "../shared/problem.js";

/**
 * A picture that can be read as chosen, and was not, gives way to the same file read so.
 *
 * @param {import("../page_types.js").Context} context
 */
export function keepPictureColours({ state, analysis, pictures }) {
  const latest = createLatest();
  let asked = "";

  function check() {
    const { picture_colours } = state.get();
    const { phase, image, seen } = analysis.get();
    const is_here = phase === "ready" && image !== null && seen?.image === image;
    const is_other = seen?.notes.some(({ alternative }) => alternative === picture_colours);
    const wanted = is_here && is_other ? `${image} ${picture_colours}` : "";
    if (wanted === asked) return;
    asked = wanted;
    if (wanted === "" || image === null) {
      latest.cancel();
      return;
    }
    latest.run(
      (signal) => pictures.readAgain(image, picture_colours, signal),
      (image_id) => state.change({ image: image_id }, { replace: true }),
      (error) => {
        asked = "";
        if (!analysis.recovers(error)) pictures.fail(asProblem(error));
      },
    );
  }

  state.subscribe(check);
  analysis.subscribe(check);
}
