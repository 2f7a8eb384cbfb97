/** The pictures of this visit: the examples, and the files that the page itself sent. */

import { createLatest } from "../shared/latest.js";
import { asProblem } from "../shared/problem.js";
import { createStore } from "../shared/store.js";
import { createKnownPictures } from "./known_pictures.js";

/** @typedef {ReturnType<typeof createPictures>} Pictures */
/** @typedef {"photograph" | "drawing"} PictureKind */

/**
 * @typedef {object} LocalPicture  A picture whose bytes the page still holds.
 * @property {Blob} blob
 * @property {string} name
 * @property {PictureKind} kind
 * @property {string} url of the blob, for an `<img>`
 * @property {boolean} as_sent the browser shows the blob as the network gets it; known once it is
 *   stored
 *
 * @typedef {object} Sending
 * @property {LocalPicture} picture
 * @property {number} sent_bytes
 * @property {number} total_bytes
 *
 * @typedef {object} PicturesState
 * @property {import("../types.js").Example[]} examples
 * @property {Sending | null} sending
 * @property {{problem: import("../shared/problem.js").Problem, retry: (() => void) | null} | null} failure
 */

// Enough to step back through a session; a phone's photograph is some 5 MB.
const HELD_PICTURES = 12;
const EXAMPLE_DIGIT = /^example-digit-\d$/;

/**
 * @param {{api: import("../api/api.js").Api, state: import("../address/state.js").State}} parts
 */
export function createPictures({ api, state }) {
  const store = createStore(
    /** @type {PicturesState} */ ({ examples: [], sending: null, failure: null }),
  );
  /** @type {Map<string, LocalPicture>} */
  const held = new Map();
  /** Ids that were sent again and have not been recognised since. @type {Set<string>} */
  const restored = new Set();
  /** Of pictures read otherwise: the one whose file they are. @type {Map<string, string>} */
  const originals = new Map();
  const upload = createLatest();
  const known = createKnownPictures();

  /** @param {Partial<PicturesState>} changes */
  const publish = (changes) => store.set({ ...store.get(), ...changes });

  /**
   * @param {import("../types.js").StoredImage} stored
   * @param {LocalPicture} picture
   */
  function hold(stored, picture) {
    picture.as_sent = stored.as_sent;
    held.set(stored.id, picture);
    known.keep(stored.id, picture);
    for (const [oldest_id, oldest] of held) {
      if (held.size <= HELD_PICTURES) break;
      if (oldest_id === state.get().image) continue;
      held.delete(oldest_id);
      if (![...held.values()].includes(oldest)) URL.revokeObjectURL(oldest.url);
    }
  }

  /**
   * @param {LocalPicture} picture
   * @param {AbortSignal} signal
   */
  function send(picture, signal) {
    return api.uploadImage(picture.blob, picture.name, {
      signal,
      colours: state.get().picture_colours,
      onProgress(sent_bytes, total_bytes) {
        if (!signal.aborted) publish({ sending: { picture, sent_bytes, total_bytes } });
      },
    });
  }

  /**
   * Sends a picture and selects it once the server has it. A newer one takes its place.
   *
   * @param {Blob} blob
   * @param {string} name
   * @param {{kind?: PictureKind, replace?: boolean}} [options]
   *   replace: do not add an entry to the browser's history
   * @returns {Promise<void>} when the server has answered, whatever it said
   */
  function open(blob, name, { kind = "photograph", replace = false } = {}) {
    const picture = { blob, name, kind, url: URL.createObjectURL(blob), as_sent: true };
    const sending = { picture, sent_bytes: 0, total_bytes: blob.size };
    publish({ sending, failure: null });
    return upload.run(
      (signal) => send(picture, signal),
      (stored) => {
        hold(stored, picture);
        publish({ sending: null });
        state.change({ image: stored.id }, { replace });
      },
      (error) => {
        const problem = asProblem(error);
        const named = problem.message.includes(name) ? "" : `${name}: `;
        problem.message = named + problem.message;
        const retry = problem.isPassing ? () => open(blob, name, { kind, replace }) : null;
        publish({ sending: null, failure: { problem, retry } });
      },
    );
  }

  /** Stops the upload that is on its way; the picture from before stays. */
  function cancel() {
    upload.cancel();
    publish({ sending: null });
  }

  /** Says where the picture is that there are none, if there are none. */
  async function loadExamples() {
    const kinds = /** @type {const} */ (["photograph", "digit"]);
    try {
      const lists = await Promise.all(kinds.map((kind) => api.examples(undefined, kind)));
      publish({ examples: lists.flatMap(({ examples }) => examples) });
    } catch (error) {
      const problem = asProblem(error);
      problem.message = `The examples did not come. ${problem.message}`;
      publish({ failure: { problem, retry } });
    }
    function retry() {
      publish({ failure: null });
      loadExamples();
    }
  }

  // Whoever chooses another picture meanwhile does not want this one any more.
  state.subscribe(({ image, model }, previous) => {
    if (image !== previous.image && store.get().sending) cancel();
    const is_elsewhere = image !== previous.image || model !== previous.model;
    if (is_elsewhere && store.get().failure) publish({ failure: null });
  });

  return {
    get: store.get,
    subscribe: store.subscribe,
    open,
    cancel,

    loadExamples,

    /**
     * Those that a network reads.
     *
     * @param {import("../types.js").Model | null} model null: none is open yet
     */
    examplesFor(model) {
      const wanted = model?.input_kind ?? "photograph";
      return store.get().examples.filter(({ kind }) => kind === wanted);
    },

    /** @param {import("../shared/problem.js").Problem} problem */
    fail(problem) {
      publish({ failure: { problem, retry: null } });
    },

    dismissFailure() {
      publish({ failure: null });
    },

    /** @param {string | null} image_id */
    local: (image_id) => (image_id === null ? undefined : held.get(image_id)),

    /** @param {string | null} image_id one that may be from before the page was loaded again */
    isDrawing: known.isDrawing,

    /** Whether it is a digit, by all that is known here. @param {string | null} image_id */
    showsDigit: (image_id) =>
      // By its name: scores may be here before the list of examples is.
      known.isDrawing(image_id) || EXAMPLE_DIGIT.test(image_id ?? ""),

    /** @param {string | null} image_id one that may be from before the page was loaded again */
    fileName: (image_id) => held.get(image_id ?? "")?.name ?? known.fileName(image_id),

    /** @param {string | null} image_id */
    example(image_id) {
      const original = originals.get(image_id ?? "") ?? image_id;
      return store.get().examples.find(({ id }) => id === original);
    },

    /**
     * The same file with its colours taken otherwise.
     *
     * @param {string} image_id
     * @param {import("../page_types.js").PictureColours} colours
     * @param {AbortSignal} signal
     * @returns {Promise<string>} the id of that picture
     */
    async readAgain(image_id, colours, signal) {
      const original = originals.get(image_id);
      if (original && colours === "stored") return original;
      const stored = await api.readAgain(image_id, colours, signal);
      const picture = held.get(image_id);
      if (picture) hold(stored, picture);
      else known.keepAs(stored.id, image_id);
      originals.set(stored.id, image_id);
      return stored.id;
    },

    /**
     * Sends a forgotten picture again, once: a server that forgets at once is not asked forever.
     *
     * @param {string} image_id
     * @param {AbortSignal} signal
     * @returns {Promise<string | null>} the new id; null when the page cannot help
     */
    async restore(image_id, signal) {
      const picture = held.get(image_id);
      if (!picture || restored.has(image_id)) return null;
      const stored = await send(picture, signal).finally(() => publish({ sending: null }));
      hold(stored, picture);
      restored.add(stored.id);
      return stored.id;
    },

    /** @param {string} image_id one that the server has just recognised */
    confirm(image_id) {
      restored.delete(image_id);
    },

    /** @param {string} image_id a drawing that a newer one replaced */
    forget(image_id) {
      const picture = held.get(image_id);
      held.delete(image_id);
      if (picture) URL.revokeObjectURL(picture.url);
      // Only tidiness: the server forgets it by itself in a while.
      api.deleteImage(image_id).catch(() => undefined);
    },
  };
}
