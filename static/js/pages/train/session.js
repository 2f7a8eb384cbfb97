/** The run that the page follows: its state, its curves, and the checkpoint that is looked at. */

import { asProblem } from "../../shared/problem.js";
import { createStore } from "../../shared/store.js";
import { NOTHING, withNews } from "./follower.js";

/** @typedef {import("../../types.js").Run} Run */
/** @typedef {import("../../types.js").Checkpoint} Checkpoint */
/** @typedef {ReturnType<typeof createSession>} Session */

/**
 * @typedef {object} SessionState
 * @property {import("../../types.js").TrainingOffer | null} offer
 * @property {Run[]} runs those that are kept, the newest first
 * @property {Run | null} run
 * @property {import("./types.js").Point[]} points of its curves
 * @property {import("./types.js").Epoch[]} epochs what was measured on the held-out pictures
 * @property {boolean} is_waiting for the answer to a command
 * @property {string | null} ending id of a run that was told to stop, while it still ends
 * @property {boolean} is_cut_off from the server, for now
 * @property {import("../../shared/problem.js").Problem | null} problem of the last thing that was asked for
 */

// A run may begin elsewhere: at the command line, or on another page.
const LOOK_AGAIN_MS = 3000;
/**
 * @param {{training: import("./training_api.js").TrainingApi,
 *   address: import("./address.js").Address}} parts
 */
export function createSession({ training, address }) {
  const store = createStore(
    /** @type {SessionState} */ ({
      ...NOTHING,
      is_cut_off: false,
      offer: null,
      runs: [],
      is_waiting: false,
      ending: null,
      problem: null,
    }),
  );
  /** A second run, to stand beside the first. */
  const other = createStore(NOTHING);
  /** @type {(() => void) | null} */
  let stopOther = null;
  /** @type {string | null} */
  let compared = null;
  /** Id of the picture that the network is shown, once the server has it. */
  const sample = createStore(/** @type {string | null} */ (null));
  /** Ids of the models that the pictures of each kind show now. */
  const drawn = createStore(/** @type {{templates: string, sample: string}} */ ({ templates: "", sample: "" }));
  /** @type {(() => void) | null} */
  let stopWatching = null;
  /** @type {string | null} */
  let watched = null;

  /** @param {Partial<SessionState>} changes */
  const publish = (changes) => store.set({ ...store.get(), ...changes });

  /** @param {unknown} error */
  const fail = (error) => publish({ problem: asProblem(error), is_waiting: false, ending: null });

  /** Joins what goes on, unless somebody looks at another run. */
  function join() {
    const going_on = store.get().runs.find((run) => run.is_going_on);
    const { run, optimiser } = address.get();
    if (going_on && run === null) address.change({ run: going_on.id, optimiser });
  }

  async function lookAgain() {
    if (document.hidden || store.get().run?.is_going_on || store.get().is_waiting) return;
    try {
      const { runs } = await training.runsNow();
      // The same list again would only take the focus from its links.
      if (JSON.stringify(runs) !== JSON.stringify(store.get().runs)) publish({ runs });
      join();
    } catch (error) {
      const problem = asProblem(error);
      if (!problem.isPassing) publish({ problem });
    }
  }

  async function refresh() {
    try {
      const [offer, { runs }] = await Promise.all([training.offer(), training.runs()]);
      publish({ offer, runs });
    } catch (error) {
      fail(error);
    }
  }

  /** @param {import("./training_api.js").News} news */
  function take(news) {
    if (news.id !== watched) return;
    publish({ ...withNews(store.get(), news), is_cut_off: false });
    if (!news.is_going_on) refresh();
  }

  /** @param {string | null} run_id */
  function compare(run_id) {
    if (run_id === compared) return;
    stopOther?.();
    stopOther = null;
    compared = run_id;
    other.set(NOTHING);
    if (run_id === null) return;
    stopOther = training.watch(
      run_id,
      (news) => {
        if (news.id === compared) other.set(withNews(other.get(), news));
      },
      (is_lost) => {
        if (!is_lost) return;
        training.run(run_id).then(
          () => undefined,
          (error) => {
            publish({ problem: asProblem(error) });
            address.change({ other: null });
          },
        );
      },
    );
  }

  /** @param {string | null} run_id */
  function follow(run_id) {
    if (run_id === watched) return;
    stopWatching?.();
    stopWatching = null;
    watched = run_id;
    publish({ ...NOTHING, is_cut_off: false });
    if (run_id === null) return;
    publish({ problem: null });
    stopWatching = training.watch(run_id, take, (is_lost) => {
      if (!is_lost) {
        publish({ is_cut_off: true });
        return;
      }
      // An EventSource does not tell why it was refused; the run itself does.
      training.run(run_id).then(
        () => publish({ is_cut_off: true }),
        (error) => {
          publish({ problem: asProblem(error) });
          address.change({ run: null, step: null });
        },
      );
    });
  }

  /**
   * @param {() => Promise<Run>} ask
   * @param {(run: Run) => void} [then]
   */
  async function command(ask, then) {
    publish({ is_waiting: true, problem: null });
    try {
      const run = await ask();
      publish({ is_waiting: false });
      then?.(run);
    } catch (error) {
      fail(error);
    }
  }

  address.subscribe(({ run, other: second }) => {
    follow(run);
    compare(second);
  });

  return {
    get: store.get,
    subscribe: store.subscribe,
    sample,
    drawn,
    other,

    /** What there is to choose from may have changed. */
    refresh,

    /** @param {string} run_id @param {string} name empty: none */
    async rename(run_id, name) {
      try {
        const run = await training.rename(run_id, name);
        if (store.get().run?.id === run_id) publish({ run });
        await refresh();
      } catch (error) {
        fail(error);
      }
    },

    /** @param {string} run_id of a run that is over */
    async forget(run_id) {
      try {
        await training.forget(run_id);
        const shown = address.get();
        if (shown.run === run_id) address.change({ run: null, step: null });
        else if (shown.other === run_id) address.change({ other: null });
        await refresh();
      } catch (error) {
        fail(error);
      }
    },

    /** Asks what there is; a run that goes on is joined. */
    async open() {
      follow(address.get().run);
      compare(address.get().other);
      await refresh();
      join();
      setInterval(lookAgain, LOOK_AGAIN_MS);
    },

    /** @param {import("../../types.js").RunChoice} choice */
    start: (choice) =>
      command(
        () => training.start(choice),
        (run) => {
          address.change({ run: run.id, step: null });
          refresh();
        },
      ),

    /** @param {"pause" | "resume" | "step" | "finish"} name */
    tell(name) {
      const { run } = store.get();
      if (run) command(() => training.tell(run.id, name));
    },

    stop() {
      const { run } = store.get();
      if (!run) return;
      publish({ ending: run.id });
      command(() => training.stop(run.id));
    },

    /** @returns {Checkpoint | null} the one that is looked at */
    checkpoint() {
      const kept = store.get().run?.checkpoints ?? [];
      const { step } = address.get();
      return kept.find((each) => each.step === step) ?? kept.at(-1) ?? null;
    },
  };
}
