/** What a person can ask for from more than one place. */

import { NOTHING_INSIDE } from "./address/state.js";
import { byKind, unknownFile } from "./own/dropped.js";
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

  analysis.subscribe(({ phase, model, image }) => {
    if (phase !== "ready" || !model || image === null) return;
    const is_drawing = pictures.isDrawing(image);
    // A photograph shown to a digit network is an experiment, not what that network reads.
    if (model.input_kind === "photograph" || is_drawing) last_image[model.input_kind] = image;
  });

  /** Says where the person looks that something cannot be opened. @param {import("./shared/problem.js").Problem} problem */
  function refuse(problem) {
    if (own.get().phase !== "closed") own.complain(problem);
    else {
      stage.show("picture");
      pictures.fail(problem);
    }
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
      // Until the list is here, nobody knows whether this server takes networks.
      await catalogue.ready().catch(() => undefined);
      let found;
      try {
        found = await byKind(files);
      } catch (error) {
        refuse(asProblem(error));
        return;
      }
      const [picture] = found.picture;
      if (found.weights.length > 0) own.open(found.weights[0], found.labels);
      else if (found.labels.length > 0) openLabels(found.labels[0]);
      else if (!picture) refuse(unknownFile(found.other[0], own.takesNetworks()));
      if (picture) this.openFile(picture, picture.name || "pasted picture");
    },

    /** A network was forgotten: if it was open, the default one is. @param {string} model_id */
    leaveModel(model_id) {
      if (analysis.get().model?.id !== model_id) return;
      state.change({ ...NOTHING_INSIDE, class_index: null, model: null }, { replace: true });
    },

    /**
     * Opens a model. One that reads another kind of picture gets the last of its kind: digits do
     * not follow into a network for photographs, nor photographs into one for digits.
     *
     * @param {string} model_id
     */
    openModel(model_id) {
      const before = analysis.get().model;
      const model = catalogue.find(model_id);
      if (!model) return;
      if (before?.input_kind === model.input_kind) {
        state.change({ ...NOTHING_INSIDE, class_index: null, model: model_id });
        return;
      }
      // What was being drawn for the other network must not arrive in this one.
      if (pictures.get().sending?.picture.kind === "drawing") pictures.cancel();
      const image = last_image[model.input_kind] ?? null;
      state.change({ ...NOTHING_INSIDE, class_index: null, model: model_id, image });
      stage.show(model.input_kind === "digit" ? "pad" : "picture");
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
      const { examples } = pictures.get();
      if (examples.length === 0) return;
      const shown = pictures.example(analysis.get().image);
      const current = examples.findIndex((example) => example === shown);
      this.openImage(examples[(current + 1) % examples.length].id);
    },

    /** Draws for the first digit model that is ready, unless one is open already. */
    openDigitModel() {
      const model = catalogue
        .all()
        .find(
          ({ input_kind, weights, origin }) =>
            input_kind === "digit" && weights.status === "ready" && origin !== "random",
        );
      if (model) this.openModel(model.id);
    },
  };
}
