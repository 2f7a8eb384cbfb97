/** What a person can ask for from more than one place. */

import { NOTHING_INSIDE, NO_PICTURE } from "./address/state.js";
import { byKind, leftOut, unknownFile } from "./own/dropped.js";
import { asProblem } from "./shared/problem.js";

/** @typedef {ReturnType<typeof createActions>} Actions */

/**
 * @param {{state: import("./address/state.js").State, stage: import("./picture/stage.js").Stage,
 *   catalogue: import("./models/catalogue.js").Catalogue, pictures: import("./picture/pictures.js").Pictures,
 *   analysis: import("./scores/analysis.js").AnalysisStore, network: import("./network/network.js").Network,
 *   own: import("./own/own_networks.js").OwnNetworks}} parts
 */
export function createActions({ state, stage, catalogue, pictures, analysis, network, own }) {
  /** The picture last shown to a network of each kind. @type {Record<string, string | null>} */
  const last_image = { photograph: null, digit: null };

  /** @type {{selection: import("./page_types.js").Selection, title: string, reader: string} | null} */
  let left = null;

  analysis.subscribe(({ phase, model, image }) => {
    if (phase !== "ready" || !model || image === null) return;
    // A photograph shown to a digit network is an experiment, not what that network reads.
    const is_read = model.input_kind === "photograph" || pictures.showsDigit(image);
    if (is_read) last_image[model.input_kind] = image;
  });

  /** Says where the person looks that something cannot be opened. @param {import("./shared/problem.js").Problem} problem */
  function refuse(problem) {
    if (own.get().phase !== "closed") own.complain(problem);
    else {
      stage.show("picture");
      pictures.fail(problem);
    }
  }

  /**
   * Opens a model. One that reads another kind of picture gets the last of its kind: digits do
   * not follow into a network for photographs, nor photographs into one for digits.
   *
   * @param {string | null} model_id null: the default one
   * @param {{replace?: boolean}} [options]
   */
  function goTo(model_id, options) {
    const before = analysis.get().model;
    const kind = catalogue.find(model_id)?.input_kind ?? before?.input_kind;
    const place = { ...NOTHING_INSIDE, class_index: null, model: model_id };
    if (!kind || before?.input_kind === kind) {
      state.change(place, options);
      return;
    }
    // What was being drawn for the other network must not arrive in this one.
    if (pictures.get().sending?.picture.kind === "drawing") pictures.cancel();
    const image = last_image[kind] ?? null;
    state.change({ ...place, image }, options);
    stage.show(kind === "digit" && pictures.local(image)?.kind === "drawing" ? "pad" : "picture");
  }

  /** The first network for digits that is ready; none where one is open. */
  function otherDigitReader() {
    const { model } = analysis.get();
    if (!model || model.input_kind === "digit") return undefined;
    return catalogue
      .all()
      .find(
        ({ input_kind, weights, origin }) =>
          input_kind === "digit" && weights.status === "ready" && origin !== "random",
      );
  }

  /** The pad, and a network that reads what is drawn on it. */
  function draw() {
    const { model } = analysis.get();
    const reader = otherDigitReader();
    if (model && reader) {
      left = { selection: state.get(), title: model.title, reader: reader.id };
      goTo(reader.id);
    }
    stage.show("pad");
    if (!model) drawOnceKnown();
  }

  /** Nobody knows yet what the network reads: looks again then, unless something was drawn by then. */
  function drawOnceKnown() {
    const { image } = state.get();
    const end = analysis.subscribe(({ model }) => {
      if (!model) return;
      end();
      // Once everybody knows of this network: the next one must not overtake it.
      queueMicrotask(() => {
        const is_idle = state.get().image === image && !pictures.get().sending;
        if (stage.get() === "pad" && is_idle) draw();
      });
    });
  }

  /** Names of classes: for the network that is coming in, else for the own one that is open. @param {File} file */
  function openLabels(file) {
    const { detail } = network.get();
    if (own.takesLabels()) own.giveLabels(file);
    else if (detail?.origin === "custom" && own.takesNetworks()) own.change(detail, file);
    else refuse(unknownFile(file, own.takesNetworks()));
  }

  return {
    refuse,

    /**
     * Opens whatever was dropped, pasted or picked: a picture, weights, labels beside them.
     *
     * @param {File[]} files
     */
    async openFiles(files) {
      try {
        const found = await byKind(files);
        const [picture] = found.picture;
        if (picture) this.openFile(picture, picture.name || "pasted picture");
        const { weights, labels, other } = found;
        if (picture && weights.length + labels.length === 0) return;
        // Until the list is here, nobody knows whether this server takes networks.
        await catalogue.ready();
        if (weights.length > 0) own.open(weights[0], labels);
        else if (labels.length > 0) openLabels(labels[0]);
        else refuse(unknownFile(other[0], own.takesNetworks()));
        if (own.get().phase !== "closed" && other.length < files.length) own.leaveOut(leftOut(found));
      } catch (error) {
        refuse(asProblem(error));
      }
    },

    /** A network was forgotten: if it was open, the default one is. @param {string} model_id */
    leaveModel(model_id) {
      if (analysis.get().model?.id === model_id) goTo(null, { replace: true });
    },

    /** @param {string} model_id */
    openModel(model_id) {
      if (catalogue.find(model_id)) goTo(model_id);
    },

    /** @param {string} image_id */
    openImage(image_id) {
      pictures.cancel();
      pictures.dismissFailure();
      stage.show("picture");
      state.change({ image: image_id });
    },

    /**
     * @param {Blob} file
     * @param {string} name
     */
    openFile(file, name) {
      stage.show("picture");
      pictures.open(file, name);
    },

    openNextExample() {
      const { model, image } = analysis.get();
      const examples = pictures.examplesFor(model);
      if (examples.length === 0) return;
      const shown = pictures.example(image);
      const current = examples.findIndex((example) => example === shown);
      this.openImage(examples[(current + 1) % examples.length].id);
    },

    draw,

    /** Which network `draw` left for one that reads digits; null if none, or long ago. */
    leftTitle: () => (left !== null && state.get().model === left.reader ? left.title : null),

    /** Draws for the network that `draw` left, whatever it reads. */
    drawForLeft() {
      if (left) state.change({ ...left.selection, image: NO_PICTURE });
      left = null;
      stage.show("pad");
    },

    /** @param {boolean} is_drawn if not, what was left comes back */
    leavePad(is_drawn) {
      stage.show("picture");
      if (left && !is_drawn && state.get().model === left.reader) state.change(left.selection);
      else if (state.get().image === NO_PICTURE) state.change({ image: null }, { replace: true });
      left = null;
    },
  };
}
