/** What is dropped on a side is compared there: a picture, or a network of one's own. */

import { createOwnDialog } from "../../own/dialog.js";
import { byKind, leftOut, unknownFile } from "../../own/dropped.js";
import { createOwnNetworks } from "../../own/own_networks.js";
import { createDropZone } from "../../shared/drop_zone.js";
import { asProblem } from "../../shared/problem.js";

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
    isTaken: catalogue.has,
    onOpened: ({ id }) => side.open(id),
    onChanged() {}, // nothing is changed from here
    onPicked: open,
  });

  /** @param {DragEvent} event */
  const place = (event) => (event.clientX < window.innerWidth / 2 ? 0 : 1);

  /** Says where the person looks that something cannot be opened. @param {unknown} error */
  function refuse(error) {
    if (own.get().phase === "closed") side.fail(error);
    else own.complain(asProblem(error)); // the side lies behind the dialog
  }

  /** @param {File[]} files */
  async function open(files) {
    try {
      const found = await byKind(files);
      const { weights, labels, picture, other } = found;
      const takes_labels = own.takesLabels() && labels.length > 0;
      if (weights.length > 0) own.open(weights[0], labels);
      else if (takes_labels) own.giveLabels(labels[0]);
      else if (picture.length === 0) refuse(unknownFile(other[0] ?? labels[0], own.takesNetworks()));
      if (weights.length > 0 || takes_labels) own.leaveOut(leftOut(found));
      if (picture.length > 0) side.upload(picture[0], refuse);
    } catch (error) {
      refuse(error);
    }
  }

  createDropZone({
    invitation: (event) =>
      own.takesLabels() ? "Drop the labels" : `Drop it on the ${["left", "right"][place(event)]}`,
    onDrop(files, event) {
      if (files.length === 0) return;
      if (!own.takesLabels()) side = sides[place(event)];
      open(files);
    },
  });
}
