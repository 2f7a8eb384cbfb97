/** What went wrong, in the words of the server where it said any. */

/** A failed request. `message` is a sentence for the person looking at the page. */
export class Problem extends Error {
  /**
   * @param {string} type the stable slug, `unknown-image`; `unreachable` when no answer came
   * @param {string} detail
   * @param {{status?: number, retry_after_s?: number | null, extras?: Record<string, unknown>}}
   *   [more]
   */
  constructor(type, detail, { status = 0, retry_after_s = null, extras = {} } = {}) {
    super(detail);
    this.name = "Problem";
    this.type = type;
    this.status = status;
    this.retry_after_s = retry_after_s;
    this.extras = extras;
  }

  /** Whether doing the same again may well succeed. */
  get isPassing() {
    return ["unreachable", "busy", "not-ready", "request-timeout"].includes(this.type);
  }
}

/**
 * @param {number} status
 * @param {string} body
 * @param {string | null} retry_after the header's text
 */
export function problemFromBody(status, body, retry_after) {
  const retry_after_s = retry_after === null || retry_after === "" ? null : Number(retry_after);
  const more = { status, retry_after_s: Number.isFinite(retry_after_s) ? retry_after_s : null };
  let content;
  try {
    content = JSON.parse(body);
  } catch {
    content = null; // something between the page and the server answered in its place
  }
  if (content === null || typeof content !== "object" || typeof content.detail !== "string") {
    return new Problem("internal-error", `The server answered with status ${status}.`, more);
  }
  return new Problem(String(content.type), content.detail, { ...more, extras: content });
}

/**
 * @param {unknown} error what `fetch` or an upload threw
 * @param {AbortSignal | null | undefined} signal
 * @returns {unknown} a Problem, or the abort itself
 */
export function problemFromFailure(error, signal) {
  if (signal?.aborted) return signal.reason;
  if (error instanceof Problem) return error;
  return new Problem(
    "unreachable",
    "The server does not answer. Check that it is still running, then try again.",
  );
}

/**
 * @param {unknown} error
 * @returns {Problem} always something that can be shown
 */
export function asProblem(error) {
  if (error instanceof Problem) return error;
  // A mistake in the page itself: show it to the person, and keep its trace for who mends it.
  console.error(error);
  const message = error instanceof Error ? error.message : String(error);
  return new Problem("page-error", `The page itself failed: ${message}. Reload it.`);
}
