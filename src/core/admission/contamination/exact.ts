import { words } from "../../text/normalize.js";
import type { EvaluationItem } from "./evaluation-set.js";

/** A question with fewer words is the same only when its answer is the same too. */
const TELLING_WORDS = 4;

/** Finds items with the same question, letter case and punctuation apart. */
export class ExactItems {
  readonly #places = new Map<string, number>();

  /**
   * @param items their places in this list are what `find` returns; of equal items the first counts
   */
  constructor(items: readonly EvaluationItem[]) {
    for (const [place, { question, answer }] of items.entries())
      for (const key of keysOf(words(question), answer))
        if (!this.#places.has(key)) this.#places.set(key, place);
  }

  /**
   * Place of the item that asks the same; null when none does.
   *
   * @param asked the words of the question
   */
  find(asked: readonly string[], answer: string): number | null {
    for (const key of keysOf(asked, answer)) {
      const place = this.#places.get(key);
      if (place !== undefined) return place;
    }
    return null;
  }
}

/**
 * The question's words, where they say enough; and the question's words with the answer's words.
 */
function keysOf(asked: readonly string[], answer: string): string[] {
  if (asked.length === 0) return [];
  const question = asked.join(" ");
  return [...(asked.length >= TELLING_WORDS ? [question] : []), `${question}|${words(answer).join(" ")}`];
}
