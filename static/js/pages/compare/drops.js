/** What is dropped on a side is compared there: a picture, or a network of one's own. */

import { createOwnDialog } from "../../own/dialog.js";
import { byKind, leftOut, unknownFile } from "../../own/dropped.js";
import { createOwnNetworks } from "../../own/own_networks.js";
import { createDropZone } from "../../shared/drop_zone.js";
import { asProblem } from "../../shared/problem.js";
import { SIDES } from "./address.js";

/** @typedef {import("./address.js").Side} Side */

/** @param {Omit<import("./page.js").Page, "chooser">} page */
export function createComparedDrops({ api, address, catalogue, comparison, upload }) {
  const own = createOwnNetworks({ api, catalogue });
  /** Where the last file was dropped. @type {Side} */
  let side = "left";
  const dialog = createOwnDialog({
    own,
    isTaken: catalogue.has,
    onOpened: ({ id }) => address.open(side, id, comparison.get()),
    onChanged() {}, // nothing is changed from here
    onPicked: open,
  });

  /** @param {DragEvent} event */
  const sideOf = (event) => (event.clientX < window.innerWidth / 2 ? SIDES[0] : SIDES[1]);

  /** Says where the person looks that something cannot be opened. @param {unknown} error */
  function refuse(error) {
    if (own.get().phase === "closed") comparison.fail(side, error);
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
      if (picture.length > 0) upload(side, picture[0], refuse);
    } catch (error) {
      refuse(error);
    }
  }

  /** @param {DragEvent} event */
  function invitation(event) {
    if (own.takesLabels()) return "Drop the labels";
    const where = sideOf(event);
    const { mode } = address.get();
    if (mode === "networks") return `Drop a picture for both sides, or a network for the ${where}`;
    if (mode === "pictures") return `Drop a picture for the ${where}, or a network for both sides`;
    return `Drop it on the ${where}`;
  }

  createDropZone({
    invitation,
    onDrop(files, event) {
      if (files.length === 0) return;
      if (!own.takesLabels()) side = sideOf(event);
      open(files);
    },
  });

  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    open(files);
  });

  return {
    /** @param {Side} where */
    pickFile(where) {
      side = where;
      dialog.pickFile();
    },
  };
}
