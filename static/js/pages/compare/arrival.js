/** What comes along from the microscope and is not of this page. */

import { changesNothing, editFromText } from "../../address/picture_edit.js";

/**
 * A picture that was changed under "What if" is compared as it is seen there: it becomes a picture
 * of its own.
 *
 * @param {object} parts
 * @param {import("../../api/api.js").Api} parts.api
 * @param {import("./address.js").Address} parts.address
 * @param {import("./comparison.js").Comparison} parts.comparison
 * @returns {Promise<unknown>} why that failed, else null; then the picture is as it was
 */
export async function applyEdit({ api, address, comparison }) {
  const { mode, left, right, edit: text } = address.get();
  if (text === "") return null;
  const edit = editFromText(text);
  let image = left.image;
  let failure = null;
  try {
    const of = image ?? comparison.firstImage();
    if (!changesNothing(edit)) image = (await api.variant(of, edit)).id;
  } catch (error) {
    failure = error;
  }
  const shown = { left: { ...left, image }, right: mode === "networks" ? { ...right, image } : right };
  address.change({ ...shown, edit: "" }, { replace: true });
  return failure;
}
