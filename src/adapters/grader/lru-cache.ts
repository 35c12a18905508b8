/** A map that forgets what was not used for longest. */
export class LruCache<T> {
  // A Map keeps the order of insertion: the first key is the oldest.
  readonly #values = new Map<string, T>();

  /** @param size entries kept at most */
  constructor(private readonly size: number) {}

  get(key: string): T | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: T): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > this.size) this.#values.delete(this.#values.keys().next().value ?? key);
  }
}
