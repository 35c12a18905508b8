import type { AdmissionConfig } from "../experiment.js";
import { answerKey, contentWords } from "../normalise.js";
import type { Candidate, Task } from "../task.js";

/**
 * What a task asks, so that a repeat in other words is recognised: answer type, the question's words with
 * content in alphabetical order (subject and asked thing), and the normalised answer.
 */
export function dedupKey({ question, answer, answerType }: Candidate): string {
  const asked = [...new Set(contentWords(question))].sort();
  return `${answerType}|${asked.join(" ")}|${answerKey(answer)}`;
}

/**
 * What a task must not share with an earlier one: its question, and with `sameFact` the answer it draws from its document, so
 * that no fact is asked about twice in other words.
 */
export function repeatKeys(task: Task, config: Pick<AdmissionConfig, "duplicates" | "sameFact">): string[] {
  const document = task.segmentId.split(":", 1)[0] ?? "";
  return [
    ...(config.duplicates ? [dedupKey(task)] : []),
    ...(config.sameFact ? [`fact|${document}|${answerKey(task.answer)}`] : []),
  ];
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
