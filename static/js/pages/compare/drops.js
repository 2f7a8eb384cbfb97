/** What is dropped on a side is compared there: a picture, or a network of one's own. */

import { createOwnDialog } from "../../own/dialog.js";
import { byKind, unknownFile } from "../../own/dropped.js";
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
    onPicked() {}, // nor picked
  });

  /** @param {DragEvent} event */
  const place = (event) => (event.clientX < window.innerWidth / 2 ? 0 : 1);

  /** @param {File[]} files */
  async function open(files) {
    const { weights, labels, picture, other } = await byKind(files);
    if (weights.length > 0) own.open(weights[0], labels);
    else if (labels.length > 0 && own.takesLabels()) own.giveLabels(labels[0]);
    else if (picture.length > 0) side.upload(picture[0]);
    else side.fail(unknownFile(other[0] ?? labels[0], own.takesNetworks()));
  }

  createDropZone({
    invitation: (event) =>
      own.takesLabels() ? "Drop the labels" : `Drop it on the ${["left", "right"][place(event)]}`,
    onDrop(files, event) {
      if (files.length === 0) return;
      if (!own.takesLabels()) side = sides[place(event)];
      open(files).catch((error) => side.fail(error));
    },
  });
}
