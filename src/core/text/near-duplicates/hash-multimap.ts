const FIRST_CAPACITY = 64;
const NONE = -1;

/**
 * From 32-bit keys to whole numbers below 2^31, several a key, in insertion order reversed. Typed
 * arrays: 16 to 32 bytes an entry, where a Map of arrays takes a hundred.
 */
export class HashMultimap {
  #keys = new Uint32Array(FIRST_CAPACITY);
  #values = new Int32Array(FIRST_CAPACITY);
  /** Entry behind an entry in its chain. */
  #next = new Int32Array(FIRST_CAPACITY);
  /** First entry of each chain; as many chains as entries fit. */
  #heads = new Int32Array(FIRST_CAPACITY).fill(NONE);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param key unsigned 32-bit, well mixed */
  add(key: number, value: number): void {
    if (this.#size === this.#keys.length) this.#grow();
    const chain = key & (this.#heads.length - 1);
    this.#keys[this.#size] = key;
    this.#values[this.#size] = value;
    this.#next[this.#size] = this.#heads[chain] as number;
    this.#heads[chain] = this.#size;
    this.#size += 1;
  }

  /** Values of a key, newest first, at most `limit`. */
  get(key: number, limit = Number.POSITIVE_INFINITY): number[] {
    const found: number[] = [];
    let entry = this.#heads[key & (this.#heads.length - 1)] as number;
    while (entry !== NONE && found.length < limit) {
      if (this.#keys[entry] === key) found.push(this.#values[entry] as number);
      entry = this.#next[entry] as number;
    }
    return found;
  }

  #grow(): void {
    const capacity = 2 * this.#keys.length;
    this.#keys = enlarged(this.#keys, new Uint32Array(capacity));
    this.#values = enlarged(this.#values, new Int32Array(capacity));
    this.#next = new Int32Array(capacity);
    this.#heads = new Int32Array(capacity).fill(NONE);
    for (let entry = 0; entry < this.#size; entry += 1) {
      const chain = (this.#keys[entry] as number) & (this.#heads.length - 1);
      this.#next[entry] = this.#heads[chain] as number;
      this.#heads[chain] = entry;
    }
  }
}

function enlarged<T extends Uint32Array | Int32Array>(small: T, large: T): T {
  large.set(small);
  return large;
}
