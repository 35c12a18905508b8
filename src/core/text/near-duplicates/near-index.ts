import type { Features } from "./features.js";
import { HashMultimap } from "./hash-multimap.js";
import { bandKeys, jaccard, signature } from "./min-hash.js";

/**
 * Finds earlier questions that ask about the same: MinHash with banding proposes candidates, their
 * exact Jaccard index decides. Names and numbers of either must occur in the other, so that a
 * template about another country is no repeat.
 */
export class NearIndex {
  readonly #bands = new HashMultimap();
  /** Entries one after the other: number of decisive features, those, then all of them. */
  #data = new Uint32Array(FIRST_WORDS);
  #used = 0;
  readonly #starts: number[] = [];

  /** @param similarity Jaccard index from which on two questions are one; above 0 */
  constructor(private readonly similarity: number) {}

  /** @returns the entry's number, counted from 0 */
  add({ all, decisive }: Features): number {
    const entry = this.#starts.push(this.#used) - 1;
    const needed = this.#used + 1 + decisive.length + all.length;
    if (needed > this.#data.length) {
      const larger = new Uint32Array(Math.max(needed, 2 * this.#data.length));
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data[this.#used] = decisive.length;
    this.#data.set(decisive, this.#used + 1);
    this.#data.set(all, this.#used + 1 + decisive.length);
    this.#used = needed;
    for (const key of bandKeys(signature(all))) this.#bands.add(key, entry);
    return entry;
  }

  /** Number of the earliest entry that asks about the same; null when there is none. */
  find(features: Features): number | null {
    if (features.all.length === 0) return null;
    const candidates = new Set<number>();
    for (const key of bandKeys(signature(features.all)))
      for (const entry of this.#bands.get(key)) candidates.add(entry);
    const alike = [...candidates].filter((entry) => this.#alike(features, this.#entry(entry)));
    return alike.length === 0 ? null : Math.min(...alike);
  }

  #entry(entry: number): Features {
    const start = this.#starts[entry] as number;
    const split = start + 1 + (this.#data[start] as number);
    const end = this.#starts[entry + 1] ?? this.#used;
    return { decisive: this.#data.subarray(start + 1, split), all: this.#data.subarray(split, end) };
  }

  #alike(one: Features, other: Features): boolean {
    return (
      jaccard(one.all, other.all) >= this.similarity &&
      isSubset(one.decisive, other.all) &&
      isSubset(other.decisive, one.all)
    );
  }
}

const FIRST_WORDS = 1024;

function isSubset(part: Uint32Array, whole: Uint32Array): boolean {
  const present = new Set(whole);
  return part.every((one) => present.has(one));
}
