/**
 * A network of one's own on its way in: a file is sent, the server says what it is, its owner says
 * the rest, and it is opened. Later the same is said anew of one that is here.
 */

import { createLatest } from "../shared/latest.js";
import { Problem, asProblem } from "../shared/problem.js";
import { createStore } from "../shared/store.js";
import { readLabels } from "./labels.js";

/** @typedef {import("../types.js").UploadedCheckpoint} UploadedCheckpoint */
/** @typedef {import("../types.js").ModelDetail} ModelDetail */
/** @typedef {import("../types.js").Model} Model */
/** @typedef {ReturnType<typeof createOwnNetworks>} OwnNetworks */

/**
 * @typedef {object} Labels
 * @property {string[]} names
 * @property {string} source the file, for people
 *
 * @typedef {object} OwnState
 * @property {"closed" | "sending" | "refused" | "recognised" | "changing"} phase
 * @property {string} file_name
 * @property {number} sent_bytes
 * @property {number} total_bytes
 * @property {UploadedCheckpoint | null} checkpoint what was recognised
 * @property {ModelDetail | null} model what is being changed
 * @property {Labels | null} labels null: classes go by their numbers
 * @property {string[]} left_out names of files that came along and are not opened
 * @property {boolean} is_working the server opens or changes it
 * @property {Problem | null} problem
 */

/** @type {OwnState} */
const NOTHING = {
  phase: "closed",
  file_name: "",
  sent_bytes: 0,
  total_bytes: 0,
  checkpoint: null,
  model: null,
  labels: null,
  left_out: [],
  is_working: false,
  problem: null,
};

const UPLOADS_OFF = `This server takes no networks, because others than its own machine can reach \
it. Whoever runs it can let people send theirs with CONVSCOPE_MODEL_UPLOADS=true, or put the file \
into the folder that CONVSCOPE_MODELS_DIR names.`;

/** Of a network whose classes nobody has named. @param {string[]} labels */
const areNumbers = (labels) => labels.every((label, index) => label === `class ${index}`);

/**
 * @param {{api: import("../api/api.js").Api,
 *   catalogue: import("../models/catalogue.js").Catalogue}} parts
 */
export function createOwnNetworks({ api, catalogue }) {
  const store = createStore(NOTHING);
  const latest = createLatest();
  /** What was sent last, to send it again. @type {File[]} */
  let sent_files = [];
  /** Rises with each network that comes in: what is read for a former one is too late. */
  let turn = 0;

  /** @param {Partial<OwnState>} changes */
  const publish = (changes) => store.set({ ...store.get(), ...changes });

  /** @param {File} file @returns {Promise<Partial<OwnState>>} */
  async function labelsOf(file) {
    try {
      return { labels: { names: await readLabels(file), source: file.name } };
    } catch (error) {
      return { problem: asProblem(error) };
    }
  }

  /** @param {File} file of labels for what is open, or on its way */
  async function giveLabels(file) {
    if (store.get().phase === "sending") sent_files = [sent_files[0], file];
    const mine = turn;
    const told = await labelsOf(file);
    if (mine === turn) publish({ problem: null, ...told });
  }

  /**
   * Sends a file of weights, and has it recognised.
   *
   * @param {File} file
   * @param {File[]} label_files that came with it
   */
  function open(file, label_files = []) {
    turn += 1;
    sent_files = [file, ...label_files];
    const begun = { ...NOTHING, file_name: file.name, total_bytes: file.size };
    if (!catalogue.takesNetworks()) {
      latest.cancel();
      store.set({ ...begun, phase: "refused", problem: new Problem("model-uploads-off", UPLOADS_OFF) });
      return;
    }
    store.set({ ...begun, phase: "sending" });
    if (label_files.length > 0) giveLabels(label_files[0]);
    latest.run(
      (signal) =>
        api.sendCheckpoint(file, {
          signal,
          onProgress(sent_bytes, total_bytes) {
            if (!signal.aborted) publish({ sent_bytes, total_bytes });
          },
        }),
      (checkpoint) => {
        const { class_names, name } = checkpoint;
        const named = class_names.length > 0 ? { names: class_names, source: name } : null;
        publish({ phase: "recognised", checkpoint, labels: store.get().labels ?? named });
      },
      (error) => publish({ phase: "refused", problem: asProblem(error) }),
    );
  }

  /**
   * Asks what there is now. What was done is done even if this fails: then the list stays as this
   * page knows it.
   */
  async function lookAgain() {
    await catalogue.refresh().catch(() => undefined);
    publish({}); // a name may be taken now
  }

  /** What was given up or failed may have been done all the same. */
  function doubt() {
    const { model } = store.get();
    if (model) catalogue.forget(model.id);
    lookAgain();
  }

  /**
   * @param {(signal: AbortSignal) => Promise<Model>} job
   * @returns {Promise<Model | null>} null where it failed, which is told, or was given up
   */
  function work(job) {
    publish({ is_working: true, problem: null });
    return new Promise((resolve) => {
      latest.run(
        async (signal) => {
          // Given up, it is nobody's any more.
          signal.addEventListener("abort", () => resolve(null));
          return job(signal);
        },
        (model) => {
          catalogue.put(model);
          store.set(NOTHING);
          resolve(model);
        },
        (error) => {
          publish({ is_working: false, problem: asProblem(error) });
          doubt();
          resolve(null);
        },
      );
    });
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    takesNetworks: catalogue.takesNetworks,
    open,

    /** Sends the last file once more. */
    openAgain() {
      const [file, ...label_files] = sent_files;
      const { left_out } = store.get();
      if (file) open(file, label_files);
      publish({ left_out });
    },

    /** Stops what is under way; nothing was opened. */
    close() {
      turn += 1;
      latest.cancel();
      store.set(NOTHING);
    },

    /** Gives up opening or changing; what was said stays. */
    stop() {
      latest.cancel();
      publish({ is_working: false });
      doubt();
    },

    /** Whether a file of labels is of use now. */
    takesLabels: () => ["sending", "recognised", "changing"].includes(store.get().phase),

    giveLabels,

    /** Says that these came along and are not opened. @param {File[]} files */
    leaveOut(files) {
      publish({ left_out: files.map(({ name }) => name) });
    },

    /** Classes go by their numbers. */
    withoutLabels() {
      publish({ labels: null, problem: null });
    },

    /** Something else than what is being asked for came. @param {Problem} problem */
    complain(problem) {
      publish({ problem });
    },

    /**
     * Lets the owner of a network say something else of it.
     *
     * @param {ModelDetail} model
     * @param {File | null} [label_file]
     */
    change(model, label_file = null) {
      turn += 1;
      latest.cancel();
      const labels = areNumbers(model.labels) ? null : { names: model.labels, source: "" };
      store.set({ ...NOTHING, phase: "changing", model, labels });
      if (label_file) giveLabels(label_file);
    },

    /** @param {import("../types.js").OpenModelBody} body @returns {Promise<Model | null>} */
    openAs: (body) => work((signal) => api.openCheckpoint(body, signal)),

    /**
     * @param {string} model_id
     * @param {import("../types.js").ChangeModelBody} body
     * @returns {Promise<Model | null>}
     */
    save: (model_id, body) =>
      work((signal) => api.changeModel(model_id, body, signal)),

    /** @param {string} model_id */
    async remove(model_id) {
      await api.forgetModel(model_id);
      catalogue.drop(model_id);
      await lookAgain(); // if it was the default one, another is
    },
  };
}
