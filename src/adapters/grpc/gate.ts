/**
 * Limits the samples in progress to the number that the trainer queues, in order of arrival. A
 * request that is larger than the limit enters alone, and the trainer then returns its error.
 */
export class SampleGate {
  #used = 0;
  readonly #waiting: { readonly count: number; readonly enter: () => void }[] = [];

  constructor(private readonly limit: number) {}

  /**
   * Waits until `count` samples fit. Rejects with the reason of the signal when it aborts first.
   */
  enter(count: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#waiting.length === 0 && this.#fits(count)) {
      this.#used += count;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const entry = {
        count,
        enter: () => {
          signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(signal.reason);
        this.#admit();
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(entry);
    });
  }

  /** Frees the places of `count` samples. */
  leave(count: number): void {
    this.#used -= count;
    this.#admit();
  }

  #fits(count: number): boolean {
    return this.limit <= 0 || this.#used === 0 || this.#used + count <= this.limit;
  }

  #admit(): void {
    for (
      let first = this.#waiting[0];
      first !== undefined && this.#fits(first.count);
      first = this.#waiting[0]
    ) {
      this.#waiting.shift();
      this.#used += first.count;
      first.enter();
    }
  }
}
