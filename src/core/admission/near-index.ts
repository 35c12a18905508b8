import type { Features } from "./features.js";
import { HashMultimap } from "./hash-multimap.js";
import { bandKeys, jaccard, signature } from "./min-hash.js";

/** Features of an entry as plain numbers: how many of `all` are decisive, then all of them, the decisive ones first. */
export type PackedFeatures = readonly [decisive: number, ...features: number[]];

/**
 * Finds earlier questions that ask about the same: MinHash with banding proposes candidates, their exact Jaccard index decides. Names and
 * numbers of either must occur in the other, so that a template about another country is no repeat.
 */
export class NearIndex {
  readonly #bands = new HashMultimap();
  readonly #entries: Features[] = [];
  #features = 0;

  /** @param similarity Jaccard index from which on two questions are one; above 0 */
  constructor(private readonly similarity: number) {}

  get size(): number {
    return this.#entries.length;
  }

  /** Memory of the arrays, without what the engine adds to each (some 200 bytes an entry). */
  get bytes(): number {
    return this.#bands.bytes + 4 * this.#features;
  }

  /** @returns the entry's number, counted from 0 */
  add(features: Features): number {
    const entry = this.#entries.length;
    this.#entries.push(features);
    this.#features += features.all.length + features.decisive.length;
    for (const key of bandKeys(signature(features.all))) this.#bands.add(key, entry);
    return entry;
  }

  /** Number of the earliest entry that asks about the same; null when there is none. */
  find(features: Features): number | null {
    if (features.all.length === 0) return null;
    const candidates = new Set<number>();
    for (const key of bandKeys(signature(features.all)))
      for (const entry of this.#bands.get(key)) candidates.add(entry);
    const alike = [...candidates].filter((entry) => this.#alike(features, this.#entries[entry] as Features));
    return alike.length === 0 ? null : Math.min(...alike);
  }

  /** Everything that was added, in order. */
  packed(): PackedFeatures[] {
    return this.#entries.map(({ all, decisive }) => {
      const first = new Set(decisive);
      return [decisive.length, ...decisive, ...[...all].filter((one) => !first.has(one))];
    });
  }

  #alike(one: Features, other: Features): boolean {
    return (
      jaccard(one.all, other.all) >= this.similarity &&
      isSubset(one.decisive, other.all) &&
      isSubset(other.decisive, one.all)
    );
  }
}

/** The features behind their plain numbers. */
export function unpack([decisive, ...features]: PackedFeatures): Features {
  return {
    all: Uint32Array.from(features).sort(),
    decisive: Uint32Array.from(features.slice(0, decisive)).sort(),
  };
}

function isSubset(part: Uint32Array, whole: Uint32Array): boolean {
  const present = new Set(whole);
  return part.every((one) => present.has(one));
}
