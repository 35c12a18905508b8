import { setMaxListeners } from "node:events";

/**
 * Creates a controller that also aborts when one of the signals aborts, with the same reason. The
 * caller must dispose it. Otherwise a signal with a long lifetime collects a listener for every
 * call of a run.
 */
export function linkedController(
  ...signals: readonly (AbortSignal | undefined)[]
): AbortController & Disposable {
  const controller = new AbortController();
  const detach: (() => void)[] = [];
  for (const signal of signals) {
    if (signal === undefined) continue;
    // Many calls listen to one signal at the same time. Each removes its listener when it ends, so
    // a high number is no leak.
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
      for (const remove of detach) remove();
    },
  });
}

/** Resolves after `ms` milliseconds. Rejects with the reason of the signal when it aborts first. */
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
