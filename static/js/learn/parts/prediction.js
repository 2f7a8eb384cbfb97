/** A guess before the answer: what waits for it is shown once it was made. */

/**
 * Brings the predictions of the page to life. Once one is answered, or given up, it says why, and
 * whatever has `data-after` with its name is shown.
 *
 * @param {import("./address.js").ChapterAddress} address
 */
export function createPredictions(address) {
  for (const form of document.querySelectorAll("form[data-prediction]")) {
    createPrediction(/** @type {HTMLFormElement} */ (form), address);
  }
}

/** What is put into the address by who would rather not guess. */
const TOLD = "told";

/**
 * @param {HTMLFormElement} form
 * @param {import("./address.js").ChapterAddress} address
 */
function createPrediction(form, address) {
  const { prediction: name = "", right } = form.dataset;
  const told = /** @type {HTMLElement} */ (form.querySelector(".prediction-told"));
  const verdict = /** @type {HTMLElement} */ (form.querySelector(".prediction-verdict"));
  const tell = /** @type {HTMLButtonElement} */ (form.querySelector("[data-tell]"));
  const radios = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input")]);

  /** @param {string} guess */
  function answer(guess) {
    address.change({ guesses: { ...address.get().guesses, [name]: guess } });
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", (event) => {
    answer(/** @type {HTMLInputElement} */ (event.target).value);
  });
  tell.addEventListener("click", () => answer(TOLD));

  function show() {
    const guess = address.get().guesses[name];
    const is_known = guess === TOLD || radios.some(({ value }) => value === guess);
    // Both have their place, whichever is seen.
    told.classList.toggle("is-out", !is_known);
    tell.classList.toggle("is-out", is_known);
    for (const radio of radios) {
      radio.checked = radio.value === guess;
      const choice = /** @type {HTMLElement} */ (radio.closest("label"));
      choice.classList.toggle("is-right", is_known && radio.value === right);
      choice.classList.toggle("is-mistaken", radio.checked && radio.value !== right);
    }
    verdict.hidden = guess === TOLD;
    if (is_known) verdict.textContent = guess === right ? "Yes." : "Not so.";
    for (const waiting of document.querySelectorAll(`[data-after="${name}"]`)) {
      waiting.classList.toggle("is-told", is_known);
    }
  }
  address.subscribe(show);
  show();
}
