import { answerKey, contentWords } from "../normalise.js";
import type { Candidate } from "../task.js";

/**
 * What a task asks, so that a repeat in other words is recognised: answer type, the question's words with
 * content in alphabetical order (subject and asked thing), and the normalised answer.
 */
export function dedupKey({ question, answer, answerType }: Candidate): string {
  const asked = [...new Set(contentWords(question))].sort();
  return `${answerType}|${asked.join(" ")}|${answerKey(answer)}`;
}

/**
 * Keys of the tasks that a run has already used. Order of insertion is kept, so that `keys()` restores it
 * exactly.
 */
export class TaskMemory {
  readonly #keys: Set<string>;

  /** @param keys what an earlier `keys()` returned; empty for a new run */
  constructor(keys: Iterable<string> = []) {
    this.#keys = new Set(keys);
  }

  get size(): number {
    return this.#keys.size;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(key: string): void {
    this.#keys.add(key);
  }

  /** Serialisable contents. */
  keys(): string[] {
    return [...this.#keys];
  }
}
