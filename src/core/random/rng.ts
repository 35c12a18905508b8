import { murmur128 } from "./murmur.js";

/** A random generator whose numbers depend on nothing but its key. */
export interface Rng {
  /** Uniform number in [0, 1) with 53 bits. */
  next(): number;
  /**
   * Uniform integer in [0, below), unbiased.
   *
   * @throws RangeError unless `below` is a whole number from 1 to 2^32
   */
  int(below: number): number;
  /** Uniform unsigned 64-bit integer, used as the seed of a sample. */
  seed64(): bigint;
  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /**
   * Picks one item uniformly.
   *
   * @throws RangeError for an empty list
   */
  pick<T>(items: readonly T[]): T;
  /**
   * Picks `k` distinct indices below `n`, in random order.
   *
   * @throws RangeError when k > n
   */
  sample(n: number, k: number): number[];
}

/** Parts of a key. Numbers must be finite; `1` and `"1"` are different keys. */
export type KeyPart = string | number;

/**
 * The generator of a key. By convention, the key is (run seed, step, document id, purpose, index).
 * A random number then depends only on its purpose and never on earlier numbers, so concurrency,
 * retries and resume change nothing. The key is hashed to 128 bits (MurmurHash3), which are the
 * seed of xoshiro128** (Blackman and Vigna 2018). Not for secrets.
 */
export function keyed(...key: readonly KeyPart[]): Rng {
  return new Xoshiro128(murmur128(serialize(key)));
}

/**
 * Different keys give different texts: each part has its type and length, so ("ab", "c") and ("a",
 * "bc") differ.
 */
function serialize(key: readonly KeyPart[]): string {
  return key
    .map((part) => {
      if (typeof part === "string") return `s${part.length}:${part}`;
      if (!Number.isFinite(part))
        throw new RangeError(`A generator key must hold finite numbers, not ${part}.`);
      const digits = String(part);
      return `n${digits.length}:${digits}`;
    })
    .join("");
}

const TWO_32 = 2 ** 32;

class Xoshiro128 implements Rng {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  constructor(state: readonly [number, number, number, number]) {
    [this.a, this.b, this.c, this.d] = state;
    // The state with all zeros is the only one that the generator cannot leave.
    if ((this.a | this.b | this.c | this.d) === 0) this.d = 1;
  }

  /** Uniform in [0, 2^32). */
  private word(): number {
    const scrambled = Math.imul(rotate(Math.imul(this.b, 5), 7), 9) >>> 0;
    const carried = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= carried;
    this.d = rotate(this.d, 11);
    return scrambled;
  }

  next(): number {
    const high = this.word() >>> 5;
    const low = this.word() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  int(below: number): number {
    if (!Number.isInteger(below) || below < 1 || below > TWO_32) {
      throw new RangeError(`int(below) needs a whole number from 1 to 2^32, not ${below}.`);
    }
    // Numbers above the last whole multiple of `below` are rejected. This removes the bias of the
    // remainder.
    const limit = TWO_32 - (TWO_32 % below);
    let word = this.word();
    while (word >= limit) word = this.word();
    return word % below;
  }

  seed64(): bigint {
    return (BigInt(this.word()) << 32n) | BigInt(this.word());
  }

  shuffle<T>(items: readonly T[]): T[] {
    return this.sample(items.length, items.length).map((index) => items[index] as T);
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("pick() needs at least one item.");
    return items[this.int(items.length)] as T;
  }

  sample(n: number, k: number): number[] {
    if (!Number.isInteger(n) || !Number.isInteger(k) || k < 0 || k > n) {
      throw new RangeError(`sample(n, k) needs whole numbers with 0 <= k <= n, not n = ${n}, k = ${k}.`);
    }
    // A partial Fisher-Yates shuffle of the numbers from 0 to n - 1. Only the changed places are
    // stored.
    const moved = new Map<number, number>();
    const drawn: number[] = [];
    for (let place = 0; place < k; place += 1) {
      const other = place + this.int(n - place);
      drawn.push(moved.get(other) ?? other);
      moved.set(other, moved.get(place) ?? place);
    }
    return drawn;
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
