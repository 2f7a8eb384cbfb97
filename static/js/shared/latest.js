/**
 * Runs jobs of which only the newest counts: starting one aborts the one before, and whatever an
 * older one still answers is dropped, even when it ignores its signal.
 */
export function createLatest() {
  /** @type {AbortController | null} */
  let controller = null;

  return {
    /**
     * @template T
     * @param {(signal: AbortSignal) => Promise<T>} job
     * @param {(result: T) => void} apply
     * @param {(error: unknown) => void} fail
     */
    async run(job, apply, fail) {
      controller?.abort();
      const mine = new AbortController();
      controller = mine;
      let result;
      try {
        result = await job(mine.signal);
      } catch (error) {
        if (controller === mine) fail(error);
        return;
      }
      if (controller === mine) apply(result);
    },

    /** Drops the job that is running, if any. */
    cancel() {
      controller?.abort();
      controller = null;
    },
  };
}
