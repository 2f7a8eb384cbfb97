/** The head of NumPy's file format, which says what numbers follow. */

const MAGIC = [0x93, ...new TextEncoder().encode("NUMPY")];
const SHORTEST_HEAD_BYTES = 12;

/**
 * Source: NumPy enhancement proposal 1, "A simple file format for NumPy arrays".
 *
 * @param {ArrayBuffer} bytes
 * @returns {{shape: string, type: string} | null} null: some other format
 */
export function readNpyHead(bytes) {
  if (bytes.byteLength < SHORTEST_HEAD_BYTES) return null;
  const view = new DataView(bytes);
  if (!MAGIC.every((byte, place) => view.getUint8(place) === byte)) return null;
  const is_first_version = view.getUint8(6) === 1;
  const start = is_first_version ? 10 : 12;
  const length = is_first_version ? view.getUint16(8, true) : view.getUint32(8, true);
  const head = new TextDecoder().decode(bytes.slice(start, start + length));
  const shape = /'shape': (\([^)]*\))/.exec(head)?.[1];
  const type = /'descr': '([^']*)'/.exec(head)?.[1];
  return shape && type ? { shape, type } : null;
}
