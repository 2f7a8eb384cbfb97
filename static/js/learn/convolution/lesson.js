/** The convolution of the person's picture: what goes in, and what the server makes of it. */

import { postJson, request } from "../../api/request.js";
import { createLatest } from "../../shared/latest.js";
import { outputSize } from "./geometry.js";
import { weightsOf } from "./kernels.js";

/** @typedef {import("../../types.js").Convolution} Answer */
/** @typedef {import("../../types.js").Pixels} Pixels */
/** @typedef {import("./address.js").Shown} Shown */
/** @typedef {import("./geometry.js").Axis} Axis */

/**
 * @typedef {object} Layer  All that goes in, and what came out of it.
 * @property {Pixels["channels"]} channels
 * @property {number[][][]} bytes 0 to 255, (channels, rows, columns)
 * @property {number[][][]} picture the same as the kernels meet it
 * @property {number[][][]} kernels (kernels, channels, row by row)
 * @property {number[]} bias
 * @property {Axis} axis the same down and across
 * @property {Axis} pool of a map
 * @property {Answer | null} answer null while there is none of just this
 * @property {Answer | null} before the newest there is, to be shown until then
 */

/** How the network's preparation writes a pixel: from -1 to 1. Digits enough for a cell. */
const prepared = (/** @type {number} */ byte) => Number((byte / 127.5 - 1).toFixed(4));

/** @param {number[]} values @param {number} width */
const rowsOf = (values, width) =>
  Array.from({ length: values.length / width }, (_, row) => values.slice(row * width, (row + 1) * width));

/**
 * @param {import("./address.js").Address} address
 * @param {import("../parts/chapter.js").Chapter} chapter
 * @param {Promise<Float32Array>} learned kernels of the network
 * @param {(layer: Layer) => void} onChange
 */
export function createLesson(address, { fail }, learned, onChange) {
  const loading = createLatest();
  const asking = createLatest();
  let image = "";
  /** @type {Pixels | null} */
  let pixels = null;
  /** @type {Float32Array | null} */
  let weights = null;
  /** @type {{key: string, answer: Answer} | null} */
  let kept = null;
  let asked = "";
  let wanted = "";
  let told = () => {};

  /** @param {Pixels} given @param {Shown} shown @returns {Omit<Layer, "answer" | "before">} */
  function goingIn({ channels, pixels: bytes }, shown) {
    const side = Number(shown.side);
    const axis = {
      ...{ size: bytes[0].length, kernel: side, stride: shown.stride },
      ...{ padding: shown.padding, dilation: shown.dilation },
    };
    return {
      channels,
      bytes,
      picture: shown.numbers === "bytes" ? bytes : bytes.map((map) => map.map((row) => row.map(prepared))),
      kernels: shown.kernels.map((kernel) =>
        weightsOf(kernel, /** @type {3 | 5} */ (side), channels.length, weights),
      ),
      bias: shown.kernels.map(({ bias }) => bias),
      axis,
      pool: {
        ...{ size: outputSize(axis), kernel: shown.pool_size, stride: shown.pool_stride },
        ...{ padding: 0, dilation: 1 },
      },
    };
  }

  function update() {
    const shown = address.get();
    load(shown);
    const needs_learned = shown.kernels.some(({ name }) => name === "net");
    if (!pixels || (needs_learned && !weights)) return;
    const layer = goingIn(pixels, shown);
    const { axis, pool } = layer;
    const body = {
      picture: layer.picture,
      kernels: layer.kernels.map((kernel) => kernel.map((values) => rowsOf(values, axis.kernel))),
      ...{ bias: layer.bias, stride: axis.stride, padding: axis.padding, dilation: axis.dilation },
      ...{ backward: false, activation: shown.activation },
      // What does not fit is said where it is chosen; the convolution itself stands.
      pooling: outputSize(pool) > 0
        ? { kind: shown.pool, size: pool.kernel, stride: pool.stride }
        : null,
    };
    const key = JSON.stringify(body);
    if (key !== asked) {
      asked = key;
      asking.run(
        (signal) => postJson("/learn/convolution", body, signal),
        (answer) => {
          fail(null);
          kept = { key, answer };
          tell(layer, key);
          told();
        },
        (error) => {
          asked = "";
          fail(error);
          told();
        },
      );
    }
    tell(layer, key);
  }

  /** @param {Omit<Layer, "answer" | "before">} layer @param {string} key */
  function tell(layer, key) {
    const fits = kept?.key === key;
    onChange({ ...layer, answer: fits ? (kept?.answer ?? null) : null, before: kept?.answer ?? null });
  }

  /** @param {Shown} shown */
  function load({ size, colours }) {
    if (image === "") return;
    const path = `/images/${encodeURIComponent(image)}/pixels?size=${size}&colours=${colours}`;
    if (path === wanted) return;
    wanted = path;
    loading.run(
      (signal) => request(path, { signal }),
      (/** @type {Pixels} */ found) => {
        fail(null);
        pixels = found;
        update();
      },
      (error) => {
        wanted = "";
        fail(error);
        told();
      },
    );
  }

  learned.then((values) => {
    weights = values;
    update();
  }, fail);
  address.subscribe(update);

  return {
    /** @param {string} image_id */
    look(image_id) {
      image = image_id;
      update();
    },

    /** @type {Promise<void>} once the first answer is shown, or it is said why there is none */
    ready: new Promise((resolve) => {
      told = () => resolve(undefined);
    }),
  };
}
