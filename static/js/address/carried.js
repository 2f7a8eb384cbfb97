/** Links to other pages that take along what is looked at here. */

/**
 * What a page that is no view of the microscope's selection keeps of it, for the way back.
 *
 * @param {string} search of the microscope
 * @param {string | undefined} model that is open, also where the address leaves it out
 */
export function comingFrom(search, model) {
  const selection = new URLSearchParams(search);
  if (model !== undefined) selection.set("model", model);
  return `?${new URLSearchParams({ from: selection.toString() })}`;
}

/**
 * A link in the navigation gets its query at the moment somebody turns to it: what is looked at
 * changes all the time.
 *
 * @param {string} page beneath the root, "" for the microscope
 * @param {() => string} search the query that it is to have
 */
export function carryInto(page, search) {
  const root = new URL(document.documentElement.dataset.root ?? "./", document.baseURI);
  const { pathname } = new URL(page, root);

  /** @param {Event} event */
  function complete(event) {
    const link = event.target instanceof Element ? event.target.closest("nav a") : null;
    if (!(link instanceof HTMLAnchorElement) || link.pathname !== pathname) return;
    link.search = search();
  }
  // Before whatever the event does, opening in another tab included.
  for (const type of ["pointerdown", "focusin", "click", "auxclick", "contextmenu"]) {
    document.addEventListener(type, complete, { capture: true });
  }
}
