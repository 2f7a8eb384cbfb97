/** The binary forms of activations, as docs describe them: CVU8, CVO8 and numpy files. */

/**
 * @typedef {object} LayerMaps  A layer in 8 bits; a vector is maps of one row and one column.
 * @property {string} model
 * @property {string} image
 * @property {string} layer
 * @property {number} count of channels
 * @property {number} height
 * @property {number} width
 * @property {boolean} is_vector
 * @property {boolean} is_single whether every channel has but one value, as those of a vector
 * @property {import("../page_types.js").Range} scale
 * @property {number} not_finite how many values are nan or infinite
 * @property {Float32Array} minimum of each channel
 * @property {Float32Array} maximum of each channel
 * @property {Uint8Array} codes channel after channel, row after row
 */

/**
 * @param {ArrayBuffer} body
 * @param {string} magic
 * @returns {{header: any, start: number}} start: of what follows the header
 */
function readEnvelope(body, magic) {
  const found = new TextDecoder("latin1").decode(new Uint8Array(body, 0, 4));
  if (found !== magic) throw new Error(`expected ${magic} and got ${found}`);
  const length = new DataView(body).getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(body, 8, length)));
  return { header, start: 8 + length };
}

/**
 * @param {ArrayBuffer} body in the form CVU8
 * @returns {LayerMaps}
 */
export function decodeMaps(body) {
  const { header, start } = readEnvelope(body, "CVU8");
  const [count, height = 1, width = 1] = header.shape;
  return {
    model: header.model,
    image: header.image,
    layer: header.layer,
    count,
    height,
    width,
    is_vector: header.shape.length < 3,
    is_single: height * width === 1,
    scale: header.scale,
    not_finite: header.not_finite,
    minimum: new Float32Array(body, start, count),
    maximum: new Float32Array(body, start + 4 * count, count),
    codes: new Uint8Array(body, start + 8 * count, count * height * width),
  };
}

/**
 * @param {LayerMaps} maps
 * @param {number} channel
 * @param {number} row
 * @param {number} column
 * @returns {number} what the code stands for: within half a step of the value
 */
export function approximateValue(maps, channel, row, column) {
  const code = maps.codes[(channel * maps.height + row) * maps.width + column];
  const low = maps.minimum[channel];
  return low + (code * (maps.maximum[channel] - low)) / 255;
}

/**
 * @typedef {object} Heat  The input gradient of a unit.
 * @property {any} header its numbers, as the JSON form has them
 * @property {number} height
 * @property {number} width
 * @property {Uint8Array} codes 255 for the largest
 * @property {Uint8Array} contour not 0 inside
 *
 * @param {ArrayBuffer} body in the form CVU8: the heat, then its contour
 * @returns {Heat}
 */
export function decodeHeat(body) {
  const { header, start } = readEnvelope(body, "CVU8");
  const [count, height, width] = header.shape;
  const size = height * width;
  const codes = new Uint8Array(body, start + 8 * count, size);
  const contour = new Uint8Array(body, start + 8 * count + size, size);
  return { header, height, width, codes, contour };
}

/**
 * @param {ArrayBuffer} body in the form CVU8: three maps of one channel
 * @returns {{numbers: import("../types.js").Equivariance, maps: LayerMaps}} numbers: as the JSON
 *   form has them
 */
export const decodeMovedMaps = (body) => ({
  numbers: readEnvelope(body, "CVU8").header,
  maps: decodeMaps(body),
});

/**
 * @typedef {object} FilterWeights  Filters in 8 bits.
 * @property {string} model
 * @property {string} layer
 * @property {import("../page_types.js").FilterKind} kind
 * @property {number[]} indices of the filters that are here
 * @property {number} inputs of each
 * @property {number} height of each kernel
 * @property {number} width
 * @property {import("../page_types.js").Range} scale
 * @property {Float32Array} minimum of each filter that is here
 * @property {Float32Array} maximum
 * @property {Uint8Array} codes filter after filter, input after input
 *
 * @param {ArrayBuffer} body in the form CVU8
 * @returns {FilterWeights}
 */
export function decodeFilters(body) {
  const { header, start } = readEnvelope(body, "CVU8");
  const [count, inputs, height, width] = header.shape;
  const { model, layer, kind, scale, channels: indices } = header;
  return {
    ...{ model, layer, kind, indices, inputs, height, width, scale },
    minimum: new Float32Array(body, start, count),
    maximum: new Float32Array(body, start + 4 * count, count),
    codes: new Uint8Array(body, start + 8 * count, count * inputs * height * width),
  };
}

/** Whether a layer has values below zero, in whichever of its maps. @param {LayerMaps} maps */
export const hasNegative = (maps) => maps.minimum.some((value) => value < 0);

/**
 * @typedef {object} Thumbnail
 * @property {string} id of the layer
 * @property {number} channel
 * @property {number} minimum what code 0 stands for
 * @property {number} maximum what code 255 stands for
 * @property {boolean} signed whether its layer has values below zero
 * @property {number} height
 * @property {number} width
 * @property {Uint8Array} codes
 *
 * @param {ArrayBuffer} body in the form CVO8
 * @returns {{model: string, image: string, thumbnails: Map<string, Thumbnail>}}
 */
export function decodeOverview(body) {
  const { header, start } = readEnvelope(body, "CVO8");
  const thumbnails = new Map();
  for (const { offset, ...layer } of header.layers) {
    const codes = new Uint8Array(body, start + offset, layer.height * layer.width);
    thumbnails.set(layer.id, { ...layer, codes });
  }
  return { model: header.model, image: header.image, thumbnails };
}

/**
 * @param {ArrayBuffer} body a numpy file of float32, version 1
 * @returns {Float32Array} in C order
 */
export function decodeNpy(body) {
  const bytes = new Uint8Array(body, 0, 10);
  if (bytes[0] !== 0x93 || bytes[6] !== 1) throw new Error("not a numpy file of version 1");
  return new Float32Array(body, 10 + new DataView(body).getUint16(8, true));
}
