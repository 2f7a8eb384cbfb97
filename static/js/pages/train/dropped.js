/** The files of a folder that is dropped or picked, by their paths in it. */

import { Problem } from "../../shared/problem.js";

/** @typedef {import("./zip.js").Packed} Packed */

// One more than the server takes, so that it is told of too many.
const MOST_FILES = 10_000;
const tooMany = () =>
  new Problem("too-many", `The folder holds more than ${MOST_FILES.toLocaleString("en")} files. \
Drop a smaller one: a folder of class folders.`);

/** @param {string} path */
const isHidden = (path) => path.split("/").some((part) => part.startsWith("."));

/** @param {FileSystemDirectoryEntry} folder @returns {Promise<FileSystemEntry[]>} */
async function childrenOf(folder) {
  const reader = folder.createReader();
  /** @type {FileSystemEntry[]} */
  const found = [];
  for (;;) {
    // A browser hands them out in parts, until one is empty.
    const part = await /** @type {Promise<FileSystemEntry[]>} */ (
      new Promise((resolve, reject) => reader.readEntries(resolve, reject))
    );
    if (part.length === 0) return found;
    found.push(...part);
  }
}

/** @param {FileSystemEntry} entry @param {Packed[]} files that were found so far */
async function walk(entry, files) {
  const path = entry.fullPath.replace(/^\//, "");
  if (isHidden(path)) return;
  if (entry.isDirectory) {
    const children = await childrenOf(/** @type {FileSystemDirectoryEntry} */ (entry));
    for (const child of children) await walk(child, files);
    return;
  }
  const file = await /** @type {Promise<File>} */ (
    new Promise((resolve, reject) =>
      /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject),
    )
  );
  if (files.length >= MOST_FILES) throw tooMany();
  files.push({ path, file });
}

/**
 * What was dropped: a zip, or the files of folders.
 *
 * @param {DataTransfer | null} transfer read at once, for it is empty after the event
 * @returns {Promise<{zip: File} | {name: string, files: Packed[]}>}
 */
export async function dropped(transfer) {
  const items = [...(transfer?.items ?? [])];
  const entries = items.flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  const singles = [...(transfer?.files ?? [])];
  const folders = entries.filter(({ isDirectory }) => isDirectory);
  if (folders.length === 0) {
    const zip = singles.find(({ name, type }) => /\.zip$/i.test(name) || type.includes("zip"));
    if (zip && singles.length === 1) return { zip };
    throw new Problem("no-folder", "Drop one zip, or a folder that holds one folder of pictures \
for each class.");
  }
  /** @type {Packed[]} */
  const files = [];
  for (const folder of folders) await walk(folder, files);
  return { name: folders.length === 1 ? folders[0].name : "pictures", files };
}

/**
 * @param {FileList} list of an input for folders
 * @returns {{name: string, files: Packed[]}}
 */
export function picked(list) {
  const files = [...list]
    .map((file) => ({ path: file.webkitRelativePath || file.name, file }))
    .filter(({ path }) => !isHidden(path));
  if (files.length > MOST_FILES) throw tooMany();
  return { name: files[0]?.path.split("/")[0] ?? "pictures", files };
}
