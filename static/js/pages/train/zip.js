/** A zip archive of files as they are: nothing is compressed, for pictures are already. */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});
const LOCAL = 0x04034b50;
const ENTRY = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
// Names are UTF-8.
const FLAGS = 0x0800;
const NO_ZIP64 = 0xffffffff;

/** @typedef {{path: string, file: Blob}} Packed */

/** @param {Uint8Array} bytes @returns {number} CRC-32 as zip has it */
export function checksum(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = TABLE[(rest ^ byte) & 255] ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}

/** @param {[1 | 2 | 4, number][]} fields of so many bytes @returns {Uint8Array<ArrayBuffer>} */
function record(fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [size]) => sum + size, 0)));
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 4) view.setUint32(at, value, true);
    else if (size === 2) view.setUint16(at, value, true);
    else view.setUint8(at, value);
    at += size;
  }
  return new Uint8Array(view.buffer);
}

/**
 * @param {Packed[]} files of fewer than 65,536
 * @param {(done: number, total: number) => void} onProgress in files
 * @param {AbortSignal} signal
 * @returns {Promise<Blob>}
 */
export async function zipOf(files, onProgress, signal) {
  /** @type {BlobPart[]} */
  const body = [];
  /** @type {BlobPart[]} */
  const directory = [];
  let offset = 0;
  let directory_bytes = 0;
  for (const [place, { path, file }] of files.entries()) {
    signal.throwIfAborted();
    onProgress(place, files.length);
    const name = new TextEncoder().encode(path);
    const crc = checksum(new Uint8Array(await file.arrayBuffer()));
    /** @type {[1 | 2 | 4, number][]} */
    const shared = [
      [2, VERSION],
      [2, FLAGS],
      [2, 0],
      [4, 0],
      [4, crc],
      [4, file.size],
      [4, file.size],
      [2, name.length],
      [2, 0],
    ];
    body.push(record([[4, LOCAL], ...shared]), name, file);
    const more = /** @type {[1 | 2 | 4, number][]} */ ([[2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]);
    const entry = record([[4, ENTRY], [2, VERSION], ...shared, ...more]);
    directory.push(entry, name);
    directory_bytes += entry.length + name.length;
    offset += 30 + name.length + file.size;
  }
  if (offset >= NO_ZIP64) throw new Error("these pictures are more than 4 GB");
  const end = record([
    [4, END],
    [2, 0],
    [2, 0],
    [2, files.length],
    [2, files.length],
    [4, directory_bytes],
    [4, offset],
    [2, 0],
  ]);
  return new Blob([...body, ...directory, end], { type: "application/zip" });
}
