import type { Candidate } from "../../records/task.js";
import { words } from "../../text/normalize.js";
import type { SearchableText } from "../../text/spans.js";
import type { Contamination, EvaluationIndex } from "../input.js";
import type { ContaminationParameters } from "../settings.js";
import type { EvaluationItem, EvaluationSet } from "./evaluation-set.js";
import { ExactItems } from "./exact.js";
import { RewordedItems } from "./reworded.js";
import { SharedWords } from "./shared-words.js";

/**
 * Finds tasks that repeat an evaluation item: exactly, by shared words (a long run, or most of the
 * question), or reworded. Built once for a run and never changed afterwards.
 */
export class ContaminationIndex implements EvaluationIndex {
  /** What was indexed, for the run's record: names, digests, numbers of items. */
  readonly sets: readonly (Pick<EvaluationSet, "name" | "digest"> & { readonly items: number })[];
  readonly #items: readonly EvaluationItem[];
  /** Name of the set of each item. */
  readonly #setNames: readonly string[];
  readonly #exact: ExactItems;
  readonly #shared: SharedWords;
  readonly #reworded: RewordedItems;

  constructor(sets: readonly EvaluationSet[], config: Pick<ContaminationParameters, "ngram" | "coverage">) {
    this.sets = sets.map(({ name, digest, items }) => ({ name, digest, items: items.length }));
    this.#items = sets.flatMap(({ items }) => items);
    this.#setNames = sets.flatMap(({ name, items }) => items.map(() => name));
    this.#exact = new ExactItems(this.#items);
    this.#shared = new SharedWords(this.#items, config);
    this.#reworded = new RewordedItems(this.#items);
  }

  /** The item that a task repeats; null when it repeats none. */
  find(
    { question, answer }: Pick<Candidate, "question" | "answer">,
    document?: SearchableText,
  ): Contamination | null {
    const asked = words(question);
    const exact = this.#exact.find(asked, answer);
    if (exact !== null) return this.#hit(exact, "the same question");
    const shared = this.#shared.find(question, asked, answer, document);
    if (shared !== null) return this.#hit(shared.place, shared.how);
    const reworded = this.#reworded.find(question);
    return reworded === null ? null : this.#hit(reworded, "the same question in other words");
  }

  #hit(place: number, how: string): Contamination {
    return { set: this.#setNames[place] as string, item: (this.#items[place] as EvaluationItem).id, how };
  }
}
