/**
 * The first `limit` of many values in an order, in memory for `limit` values. Values that are equal
 * in the order stay in the order in which they were added.
 */
export class Ranked<T> {
  readonly #kept: T[] = [];

  /** @param compare below 0 when `a` comes before `b` */
  constructor(
    private readonly limit: number,
    private readonly compare: (a: T, b: T) => number,
  ) {}

  add(value: T): void {
    let from = 0;
    let to = this.#kept.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.compare(this.#kept[middle] as T, value) <= 0) from = middle + 1;
      else to = middle;
    }
    if (from >= this.limit) return;
    this.#kept.splice(from, 0, value);
    if (this.#kept.length > this.limit) this.#kept.pop();
  }

  /** The kept values, first in the order first. */
  values(): readonly T[] {
    return this.#kept;
  }
}
