import { setMaxListeners } from "node:events";

/**
 * A controller that also aborts, with the same reason, when one of the signals does. Dispose it: a long-lived signal would
 * otherwise collect a listener for every call of a run.
 */
export function linkedController(
  ...signals: readonly (AbortSignal | undefined)[]
): AbortController & Disposable {
  const controller = new AbortController();
  const detach: (() => void)[] = [];
  for (const signal of signals) {
    if (signal === undefined) continue;
    // Many calls in flight listen to one signal; each detaches when it ends, so their number is no leak.
    setMaxListeners(0, signal);
    const forward = () => controller.abort(signal.reason);
    if (signal.aborted) forward();
    else {
      signal.addEventListener("abort", forward, { once: true });
      detach.push(() => signal.removeEventListener("abort", forward));
    }
  }
  return Object.assign(controller, {
    [Symbol.dispose]: () => {
      for (const one of detach) one();
    },
  });
}

/** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
