import { featuresOf } from "../../text/near-duplicates/features.js";
import { NearIndex } from "../../text/near-duplicates/near-index.js";
import type { EvaluationItem } from "./evaluation-set.js";

/** Jaccard index of the words with content from which on a reworded question is the same. */
const SIMILARITY = 0.8;
/** Questions with fewer words with content are not compared loosely. */
const MIN_FEATURES = 4;

/** Finds items that ask the same in other words. */
export class RewordedItems {
  readonly #near = new NearIndex(SIMILARITY);
  /** Place of the item for each entry of the index. */
  readonly #places: number[] = [];

  /** @param items their places in this list are what `find` returns */
  constructor(items: readonly EvaluationItem[]) {
    for (const [place, { question }] of items.entries()) {
      const features = featuresOf(question, "");
      if (features.all.length < MIN_FEATURES) continue;
      this.#near.add(features);
      this.#places.push(place);
    }
  }

  /** Place of the earliest item that asks the same; null when none does. */
  find(question: string): number | null {
    const features = featuresOf(question, "");
    const entry = features.all.length < MIN_FEATURES ? null : this.#near.find(features);
    return entry === null ? null : (this.#places[entry] as number);
  }
}
