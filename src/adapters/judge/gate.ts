/** Limits the number of simultaneous calls. Waiting calls run in order of arrival. */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param width largest number of simultaneous calls */
  constructor(width: number) {
    this.#free = width;
  }

  /** Runs `work` when there is a free place. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((enter) => this.#waiting.push(enter));
    try {
      return await work();
    } finally {
      // The place goes directly to the call that waits longest.
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
