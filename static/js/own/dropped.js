/** What a file is that somebody drops, pastes or picks: told by its name and its first bytes. */

import { Problem } from "../shared/problem.js";

/** @typedef {"picture" | "weights" | "labels" | "other"} FileKind */

export const WEIGHT_NAMES = [".pth", ".pt", ".ckpt", ".bin", ".safetensors", ".zip"];
export const LABEL_NAMES = [".txt", ".json", ".csv", ".tsv"];
/** Of formats that a browser may have no type for; the server says which of them it reads. */
const PICTURE_NAMES =
  /\.(avif|bmp|gif|heic|heif|ico|j2k|jp2|jpe?g|jxl|p[bgnp]m|pcx|png|ppm|psd|qoi|svg|tga|tiff?|webp)$/i;

/** First bytes of pictures, as Latin letters: a dot stands for any byte. */
const PICTURES = [
  /^\x89PNG/,
  /^\xff\xd8\xff/,
  /^GIF8/,
  /^RIFF....WEBP/s,
  /^BM.{4}\0\0\0\0/s, // the size of the file between, and what is reserved: BMW is a label
  /^(II\*\0|MM\0\*)/,
  /^....ftyp(avif|avis|heic|heix|mif1|msf1)/s,
];
/**
 * A zip, which is what torch.save writes and bundles are; a pickle of protocol 2 to 5, as torch
 * wrote before; a safetensors file, whose header of JSON begins after its length in eight bytes.
 */
const ZIP = "PK\x03\x04";
const PICKLES = [2, 3, 4, 5].map((protocol) => `\x80${String.fromCharCode(protocol)}`);
const SAFETENSORS = /^.{5}\0\0\0\{/s;

const HEAD_BYTES = 16;

/** @param {string} name @param {string[]} endings */
const endsWith = (name, endings) => endings.some((ending) => name.toLowerCase().endsWith(ending));

/** @param {Blob} file */
async function head(file) {
  const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  return String.fromCharCode(...bytes);
}

/**
 * @param {File} file
 * @returns {Promise<FileKind>}
 */
async function kindOf(file) {
  const start = await head(file);
  if (PICTURES.some((picture) => picture.test(start))) return "picture";
  if (endsWith(file.name, WEIGHT_NAMES)) return "weights";
  const begins = [ZIP, ...PICKLES].some((first) => start.startsWith(first));
  if (begins || SAFETENSORS.test(start)) return "weights";
  if (file.type.startsWith("image/") || PICTURE_NAMES.test(file.name)) return "picture";
  return endsWith(file.name, LABEL_NAMES) || file.type === "text/plain" ? "labels" : "other";
}

/**
 * @param {File[]} files
 * @returns {Promise<Record<FileKind, File[]>>} fails with a problem where one cannot be read
 */
export async function byKind(files) {
  /** @type {Record<FileKind, File[]>} */
  const found = { picture: [], weights: [], labels: [], other: [] };
  for (const file of files) {
    try {
      found[await kindOf(file)].push(file);
    } catch {
      throw new Problem("unreadable", `${file.name} cannot be read. If it is a folder, drop the file in it.`);
    }
  }
  return found;
}

/**
 * What is not opened of files that a network came with: one of each kind is.
 *
 * @param {Record<FileKind, File[]>} found
 * @returns {File[]}
 */
export const leftOut = ({ weights, labels, picture, other }) => [
  ...[weights, labels, picture].flatMap((files) => files.slice(1)),
  ...other,
];

/**
 * What to say of a file that is nothing of the kind.
 *
 * @param {File} file
 * @param {boolean} takes_weights whether this server does
 */
export function unknownFile({ name }, takes_weights) {
  const weights = takes_weights
    ? `, or the weights of a network of yours (${WEIGHT_NAMES.join(" ")})`
    : "";
  return new Problem("unknown-file", `${name} is nothing that can be opened here. Drop a picture\
${weights}.${adviceFor(name, takes_weights)}`);
}

/** @param {string} name @param {boolean} takes_weights */
function adviceFor(name, takes_weights) {
  if (!takes_weights) return "";
  if (/\.(onnx|pb|tflite|h5|hdf5|keras|gguf|mlmodel)$/i.test(name)) {
    return ` From another program’s format there is no way in: save the state dict of the torch \
module that it was made of, or write a bundle with convscope export.`;
  }
  if (endsWith(name, LABEL_NAMES)) {
    return " Names of classes are read once a network of your own is open: drop its weights first.";
  }
  return "";
}
