// Runs before the first paint, so that a remembered theme does not flash. Not a module: those
// wait for the whole page.
(() => {
  try {
    const theme = localStorage.getItem("convscope-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is forbidden here; the system's theme stands.
  }
})();
