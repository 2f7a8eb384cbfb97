/** How far somebody came in the course: kept in this browser, and told to nobody. */

const KEY = "convscope-course";

/** @typedef {{last: string | null, opened: string[]}} CourseProgress */

/** @returns {CourseProgress} */
export function courseProgress() {
  try {
    const { last, opened } = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return {
      last: typeof last === "string" ? last : null,
      opened: Array.isArray(opened) ? opened.filter((each) => typeof each === "string") : [],
    };
  } catch {
    return { last: null, opened: [] }; // storage is forbidden here, or holds something else
  }
}

/** @param {string} slug of the chapter that was opened */
export function rememberChapter(slug) {
  const { opened } = courseProgress();
  const progress = { last: slug, opened: [...new Set([...opened, slug])] };
  try {
    localStorage.setItem(KEY, JSON.stringify(progress));
  } catch {
    // Then the course begins at its beginning each time.
  }
}
