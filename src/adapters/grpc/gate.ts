/**
 * Bounds the samples in flight to what the trainer queues, first come first served. A request larger than the bound enters
 * alone, and the trainer says what is wrong with it.
 */
export class SampleGate {
  #used = 0;
  readonly #waiting: { readonly count: number; readonly enter: () => void }[] = [];

  constructor(private readonly limit: number) {}

  /** Waits until `count` samples fit; rejects with the signal's reason when it aborts first. */
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

  /** Gives `count` places back. */
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
