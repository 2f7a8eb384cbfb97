/** Which blocks of the network are open: by default, as someone chose, or to show the selection. */

import { allPaths, openByDefault, pathsAround, simplified } from "./items.js";

/** @typedef {import("../types.js").Block} Block */
/** @typedef {ReturnType<typeof createFolds>} Folds */

/** What the list in the address begins with if it does not start from the default. */
const ALL_OPEN = "*";
const ALL_FOLDED = "-";

/** @param {import("../address/state.js").State} state */
export function createFolds(state) {
  /** @type {Block} */
  let root = { path: "", title: "", children: [] };
  /** @type {string[]} */
  let paths = [];
  /** @type {Set<string>} */
  let by_default = new Set();
  /** Opened to show what is selected: of no interest to the address. @type {Set<string>} */
  const shown = new Set();

  /** @param {string} path */
  function chosenOpen(path) {
    const [first] = state.get().folded;
    const base = first === ALL_OPEN || (first !== ALL_FOLDED && by_default.has(path));
    return base !== state.get().folded.includes(path);
  }

  /** @param {string} path */
  const isOpen = (path) => shown.has(path) || chosenOpen(path);

  /** @param {string} base  Starts from all open or all folded. */
  function startFrom(base) {
    shown.clear();
    state.change({ folded: [base] }, { replace: true });
  }

  return {
    root: () => root,
    isOpen,
    openPaths: () => paths.filter(isOpen),
    anyToOpen: () => paths.some((path) => !isOpen(path)),
    anyToFold: () => paths.some(isOpen),
    openAll: () => startFrom(ALL_OPEN),
    foldAll: () => startFrom(ALL_FOLDED),

    /** @param {Block} blocks of another network */
    use(blocks) {
      root = simplified(blocks);
      paths = allPaths(root);
      by_default = openByDefault(root);
      shown.clear();
    },

    /** @param {string} path */
    toggle(path) {
      const wanted = !isOpen(path);
      shown.delete(path);
      if (chosenOpen(path) === wanted) return;
      const { folded } = state.get();
      const changed = folded.includes(path)
        ? folded.filter((other) => other !== path)
        : [...folded, path];
      state.change({ folded: changed }, { replace: true });
    },

    /** @param {string} layer_id  Opens what is around it. */
    reveal(layer_id) {
      for (const path of pathsAround(root, layer_id) ?? []) {
        if (!isOpen(path)) shown.add(path);
      }
    },
  };
}
