/** What each part of the chapter looks at of the address. */

/**
 * Calls `show` now, and then whenever one of these values of the address is another.
 *
 * @template {object} Shown
 * @param {{get: () => Shown, subscribe: (listener: () => void) => void}} address
 * @param {readonly (keyof Shown)[]} names
 * @param {(shown: Shown) => void} show
 */
export function watch(address, names, show) {
  let before = "";
  function check() {
    const shown = address.get();
    const now = JSON.stringify(names.map((name) => shown[name]));
    if (now === before) return;
    before = now;
    show(shown);
  }
  address.subscribe(check);
  check();
}
