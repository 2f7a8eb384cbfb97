/** While the next picture is looked at, what the page still shows of the former one is dimmed. */

/**
 * Marks the page's body; style sheets say what depends on the picture.
 *
 * @param {import("../page_types.js").Context} context
 * @returns {() => void} ends it
 */
export function dimFormer({ analysis, pictures }) {
  /** The picture that the page last had an answer for. @type {string | null} */
  let answered = null;

  function update() {
    const { phase, image } = analysis.get();
    if (phase !== "loading") answered = image;
    const is_sent = pictures.get().sending?.picture.kind === "photograph";
    const is_former = is_sent || (phase === "loading" && answered !== null && image !== answered);
    document.body.toggleAttribute("data-former", is_former);
  }
  const ends = [analysis.subscribe(update), pictures.subscribe(update)];
  return () => {
    for (const end of ends) end();
  };
}
