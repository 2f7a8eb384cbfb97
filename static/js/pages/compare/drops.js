/** What is dropped on a side is compared there: a picture, or a network of one's own. */

import { createOwnDialog } from "../../own/dialog.js";
import { kindOf, unknownFile } from "../../own/dropped.js";
import { createOwnNetworks } from "../../own/own_networks.js";
import { createDropZone } from "../../shared/drop_zone.js";

/**
 * @param {{api: import("../../api/api.js").Api,
 *   catalogue: import("../../models/catalogue.js").Catalogue,
 *   sides: import("./side.js").SideView[]}} parts  sides: the left one first
 */
export function createComparedDrops({ api, catalogue, sides }) {
  const own = createOwnNetworks({ api, catalogue });
  /** Where the last file was dropped. */
  let side = sides[0];
  createOwnDialog({
    own,
    isTaken: (model_id) => catalogue.all().some(({ id }) => id === model_id),
    onOpened: ({ id }) => side.open(id),
    onChanged() {}, // nothing is changed from here
  });

  /** @param {DragEvent} event */
  const place = (event) => (event.clientX < window.innerWidth / 2 ? 0 : 1);

  /** @param {File} file */
  async function open(file) {
    const kind = await kindOf(file);
    if (kind === "weights") own.open(file);
    else if (kind === "labels" && own.takesLabels()) own.giveLabels(file);
    else if (kind === "picture") side.upload(file);
    else side.fail(unknownFile(file, own.takesNetworks()));
  }

  createDropZone({
    invitation: (event) =>
      own.takesLabels() ? "Drop the labels" : `Drop it on the ${["left", "right"][place(event)]}`,
    onDrop([file], event) {
      if (!file) return;
      if (!own.takesLabels()) side = sides[place(event)];
      open(file).catch((error) => side.fail(error));
    },
  });
}
