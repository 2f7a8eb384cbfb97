/** The same in LeNet-5: a pixel of one's own digit, and the loss of what it is meant to be. */

import { cellText, largestMagnitude, readable } from "../../lenses/arithmetic/values.js";
import { byId, element, setText } from "../../shared/element.js";
import { createLatest } from "../../shared/latest.js";
import { decodeNpy } from "../../shared/maps.js";
import { Problem } from "../../shared/problem.js";
import { createChosenOne } from "../parts/chosen_one.js";
import { createDigitPad } from "../parts/digit_pad.js";
import { createFormula } from "../parts/formula.js";
import { pageLink } from "../parts/links.js";
import { createNumberField } from "../../shared/number_field.js";
import { createOwnPicture } from "../parts/own_picture.js";
import { LENET_INPUT_PX, LIKELIEST, address } from "./address.js";
import { createCellGrid } from "../parts/cell_grid.js";
import { placesOf } from "./geometry.js";
import { createMapRows } from "./map_rows.js";
import { createOwnReach } from "./own_reach.js";
import { NOTHING_DRAWN, confidenceText, ownWords, unitOf, unitText } from "./own_words.js";
import { createPixelChoice } from "./pixel_choice.js";
import { placeText } from "./words.js";

const MODEL = "lenet5.mnist5k";
const LAYER = "c1";
const KERNEL_PX = 5;
const CLASSES = 10;

/**
 * @typedef {object} Loaded  All about one picture and one class.
 * @property {string} image
 * @property {import("../../types.js").ActivationGradient} facts
 * @property {Float32Array} input
 * @property {Float32Array} by_input dL/dx
 * @property {Float32Array} maps
 * @property {Float32Array} by_maps
 * @property {Float32Array} kernels
 * @property {Float32Array} by_kernels
 */

/** @param {import("../parts/chapter.js").Chapter} chapter */
export async function createOwnDigit({ api, fail }) {
  const results = byId("own-results");
  const formula = createFormula("convolution-gradients.lenet");
  const whole_reach = createOwnReach({ api, fail }, MODEL);
  const loading = createLatest();
  const reaching = createLatest();
  /** @type {Loaded | null} */
  let loaded = null;
  let image = "";
  let asked = "";
  let reached = "";

  const layer = { model: MODEL, layer: LAYER };
  const { layers } = await api.model(MODEL);
  const [kernels_count] = layers.find(({ id }) => id === LAYER)?.output_shape ?? [];
  const kernels = decodeNpy(await api.filterWeights({ ...layer, format: "npy" }));

  const choice = createPixelChoice(byId("own-pixel"), {
    onChoose: (row, column) => address.change({ pixel: [row, column] }),
  });
  const fields = ["row", "column"].map((label, axis) => {
    const field = createNumberField({
      ...{ label, low: 1, high: LENET_INPUT_PX, step: 1, value: address.get().pixel[axis] + 1 },
      onChange(value) {
        const pixel = [...address.get().pixel];
        pixel[axis] = value - 1;
        address.change({ pixel });
      },
    });
    byId("own-pixel-tools").append(field.node);
    return field;
  });
  const rows = createMapRows(byId("own-rows"), {
    count: kernels_count,
    onChoose: (kernel) => address.change({ kernel }, { step: true }),
  });
  const [weights, by_weights] = [
    { name: "own-w", caption: "w", what: "weight" },
    { name: "own-dw", caption: "dL/dw", what: "dL/dw of the weight" },
  ].map(({ name, caption, what }) =>
    createCellGrid(byId("own-kernel"), {
      ...{ name, caption },
      label: (index) => `${what} at ${placeText(placesOf(KERNEL_PX)[index])}`,
    }),
  );
  const meant = element(
    "select",
    {
      class: "select",
      attributes: { id: "own-class" },
      on: { change: () => address.change({ class: Number(meant.value) }, { step: true }) },
    },
    element("option", { text: "what the network says", attributes: { value: LIKELIEST } }),
    ...Array.from({ length: CLASSES }, (_, digit) =>
      element("option", { text: `a ${digit}`, attributes: { value: digit } }),
    ),
  );
  byId("own-class-label").after(meant);

  /** @typedef {"draw" | "picture"} Source */
  /** @type {Record<Source, string>} */
  const looked_at = { draw: "", picture: "" };
  /** What makes a picture anew that the server has forgotten. @type {Partial<Record<Source, () => void>>} */
  const renew = {};
  /** @type {Set<Source>} */
  const created = new Set();
  /** @type {Source} */
  let source = "draw";

  /** @param {Source} from @param {string} image_id */
  function look(from, image_id) {
    looked_at[from] = image_id;
    if (from !== source) return;
    image = image_id;
    update();
  }

  /** Nothing of the digit from before stands there as if it were of what is drawn. */
  function empty() {
    looked_at.draw = "";
    image = "";
    asked = "";
    loading.cancel();
    loaded = null;
    results.setAttribute("aria-busy", "false");
    byId("yours").classList.add("is-empty");
    setText(byId("own-words"), NOTHING_DRAWN);
  }

  /** @param {Source} from  Made when it is first wanted. */
  async function create(from) {
    const onPicture = (/** @type {string} */ image_id) => look(from, image_id);
    if (from === "draw") {
      const pad = { api, fail, onDigit: onPicture, onClear: empty };
      renew.draw = createDigitPad(byId("own-pad"), pad).send;
    } else {
      const own = await createOwnPicture(byId("own-picture"), { api, address, onPicture });
      renew.picture = own.forget;
    }
  }

  /** @param {Source} next */
  function open(next) {
    source = next;
    byId("own-pad").hidden = source !== "draw";
    byId("own-picture").hidden = source !== "picture";
    if (looked_at[source] !== "") look(source, looked_at[source]);
    else if (!created.has(source)) create(source).catch(fail);
    else if (source === "draw") empty();
    created.add(source);
  }
  const first = address.get().image ? "picture" : "draw";
  const sources = createChosenOne({
    label: "look at",
    choices: [
      { value: "draw", text: "a digit that you draw" },
      { value: "picture", text: "a picture" },
    ],
    value: /** @type {Source} */ (first),
    onChange: open,
  });
  byId("own-source").append(sources.node);
  open(first);

  function update() {
    load();
    reach();
    draw();
  }

  function load() {
    const { class: wanted } = address.get();
    const key = `${image} ${wanted}`;
    if (image === "" || key === asked) return;
    asked = key;
    results.setAttribute("aria-busy", "true");
    const picture = image;
    const query = { image, ...(wanted === LIKELIEST ? {} : { class: wanted }) };
    loading.run(
      async (signal) => {
        const [facts, ...bodies] = await Promise.all([
          api.layerGradient({ ...layer, ...query }, signal),
          api.activations({ model: MODEL, layer: "input", image, format: "npy" }, signal),
          api.layerGradientValues({ model: MODEL, layer: "input", ...query }, signal),
          api.activations({ ...layer, image, format: "npy" }, signal),
          api.layerGradientValues({ ...layer, ...query }, signal),
          api.weightGradientValues({ ...layer, ...query }, signal),
        ]);
        const [input, by_input, maps, by_maps, by_kernels] = bodies.map(decodeNpy);
        return { image: picture, facts, input, by_input, maps, by_maps, kernels, by_kernels };
      },
      (found) => {
        fail(null);
        loaded = found;
        byId("yours").classList.remove("is-empty");
        results.setAttribute("aria-busy", "false");
        rows.paint(found);
        choice.paint(found.input, found.by_input);
        links(found.image, found.facts.class);
        whole_reach.look(found.image);
        draw();
      },
      (error) => {
        asked = "";
        if (error instanceof Problem && error.type === "unknown-image") renew[source]?.();
        else fail(error);
      },
    );
  }

  function reach() {
    const [row, column] = address.get().pixel;
    const key = `${row} ${column}`;
    if (key === reached) return;
    reached = key;
    reaching.run(
      (signal) => api.projectiveField({ ...layer, row, column }, signal),
      ({ box, units }) => {
        rows.frame(box);
        formula.fill({ places: units, kernels: kernels_count, uses: units * kernels_count }, String);
      },
      (error) => {
        reached = "";
        fail(error);
      },
    );
  }

  function draw() {
    const { pixel, kernel, class: wanted } = address.get();
    const [row, column] = pixel;
    choice.show(row, column);
    fields.forEach((field, axis) => field.show(pixel[axis] + 1));
    meant.value = String(wanted);
    rows.choose(kernel);
    setText(byId("own-kernel-title"), `Kernel ${kernel + 1} of ${kernels_count}, weight by weight: choose another above`);
    if (!loaded) return;
    const { facts, by_input } = loaded;
    figure("own-label", facts.label, facts.class);
    figure("own-confidence", confidenceText(facts.probability), facts.probability);
    figure("own-loss", `${readable(facts.loss)} nats`, facts.loss);
    const slope = by_input[row * LENET_INPUT_PX + column];
    figure("own-slope", readable(slope), slope);
    const size = KERNEL_PX ** 2;
    for (const [grid, all, caption] of /** @type {const} */ ([
      [weights, loaded.kernels, "w"],
      [by_weights, loaded.by_kernels, "dL/dw"],
    ])) {
      const values = [...all.subarray(kernel * size, (kernel + 1) * size)];
      const unit = unitOf(largestMagnitude(values));
      grid.show({
        values,
        columns: KERNEL_PX,
        lit: new Set(values.keys()),
        largest: largestMagnitude(values),
        write: (value) => cellText(value / unit),
      });
      grid.caption(unit === 1 ? caption : `${caption}, in units of ${unitText(unit)}`);
    }
    setText(byId("own-words"), ownWords(facts, wanted === LIKELIEST));
  }

  /** @param {string} picture @param {number} class_index */
  function links(picture, class_index) {
    const [row, column] = address.get().pixel;
    const at = { model: MODEL, image: picture, class: class_index, layer: LAYER };
    const last = LENET_INPUT_PX - KERNEL_PX;
    const unit = { row: Math.min(row, last), column: Math.min(column, last), channel: address.get().kernel };
    byId("own-links").replaceChildren(
      pageLink("these six maps", { ...at, lens: "maps" }),
      pageLink("how one number of them was made, and im2col", { ...at, ...unit, lens: "number" }),
      pageLink("the six kernels as filters", { ...at, lens: "filters" }),
      pageLink("the slope at each pixel, as a heat map", { ...at, lens: "why", methods: "saliency" }),
      pageLink("how far a unit looks", {}, "fields"),
      pageLink("for programs: what a pixel reaches", {}, "docs#get_projective_field"),
      pageLink("and every gradient", {}, "docs#get_activation_gradients"),
    );
  }

  address.subscribe(update);
  update();
}

/** @param {string} id @param {string} text @param {number | null} value */
function figure(id, text, value) {
  const node = byId(id);
  setText(node, text);
  node.dataset.value = String(value);
}
