/** A map with a limited size. A new entry removes the least recently used entry. */
export class LruCache<T> {
  // A Map has its keys in the order of insertion, so the first key is the oldest.
  readonly #values = new Map<string, T>();

  /** @param size largest number of entries */
  constructor(private readonly size: number) {}

  /** Returns a value, which then counts as used last; undefined when missing. */
  get(key: string): T | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  /** Stores a value, which then counts as used last. */
  set(key: string, value: T): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > this.size) this.#values.delete(this.#values.keys().next().value ?? key);
  }
}
