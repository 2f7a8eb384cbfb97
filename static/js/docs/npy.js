/** The head of NumPy's file format, which says what numbers follow. */

const MAGIC = "\x93NUMPY";

/**
 * Source: NumPy enhancement proposal 1, "A simple file format for NumPy arrays".
 *
 * @param {ArrayBuffer} bytes
 * @returns {{shape: string, type: string} | null} null: some other format
 */
export function readNpyHead(bytes) {
  const latin1 = new TextDecoder("latin1");
  if (bytes.byteLength < 12 || latin1.decode(bytes.slice(0, 6)) !== latin1.decode(raw(MAGIC))) {
    return null;
  }
  const view = new DataView(bytes);
  const is_first_version = view.getUint8(6) === 1;
  const start = is_first_version ? 10 : 12;
  const length = is_first_version ? view.getUint16(8, true) : view.getUint32(8, true);
  const head = latin1.decode(bytes.slice(start, start + length));
  const shape = /'shape': (\([^)]*\))/.exec(head)?.[1];
  const type = /'descr': '([^']*)'/.exec(head)?.[1];
  return shape && type ? { shape, type } : null;
}

/** @param {string} text of characters below 256 */
const raw = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));
