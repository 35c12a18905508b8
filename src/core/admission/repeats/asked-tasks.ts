import { murmur128 } from "../../random/murmur.js";
import type { AdmissionConfig } from "../../records/experiment.js";
import type { Candidate, Task } from "../../records/task.js";
import { featuresOf } from "../../text/near-duplicates/features.js";
import { NearIndex } from "../../text/near-duplicates/near-index.js";
import { answerKey, contentWords } from "../../text/normalize.js";
import { type CheckResult, PASSED, refused } from "../check.js";
import { type Screened, screen } from "../series.js";

/**
 * What a task asks, so that a repeat in other words is recognised: answer type, the question's words with
 * content in alphabetical order (subject and asked thing), and the normalised answer.
 */
export function dedupKey({ question, answer, answerType }: Candidate): string {
  const asked = [...new Set(contentWords(question))].sort();
  return `${answerType}|${asked.join(" ")}|${answerKey(answer)}`;
}

/** The checks that need to know what was asked before. */
export type RepeatConfig = Pick<AdmissionConfig, "duplicates" | "sameFact" | "nearDuplicates" | "caps">;

/**
 * What a run has asked: exact repeats, the same answer from the same document, reworded repeats, and how often a document or an answer
 * was used. It keeps only what the checks that are on need, hashed; some 0.55 KB a task (docs/admission.md has the
 * measurement). Built again from the same episodes in the same order it is the same, so a run needs no file for it.
 */
export class AskedTasks {
  readonly #tasks = new Set<number>();
  readonly #facts = new Set<number>();
  readonly #near: NearIndex;
  /** Steps in which a document, or an answer, had a task. */
  readonly #documents = new Map<number, number>();
  readonly #answers = new Map<number, number>();

  constructor(private readonly config: RepeatConfig) {
    this.#near = new NearIndex(config.nearDuplicates.similarity);
  }

  /** Whether a task repeats what is remembered, in the order: exact, same fact, reworded, caps. */
  screen(task: Task): Screened {
    const { duplicates, sameFact, nearDuplicates, caps } = this.config;
    return screen([
      [duplicates, () => repeated(this.#tasks, dedupKey(task), "duplicate", "This was asked before.")],
      [
        sameFact,
        () =>
          repeated(
            this.#facts,
            factKey(task),
            "same_fact",
            "This document was asked for this answer before.",
          ),
      ],
      [
        nearDuplicates.check,
        () =>
          this.#near.find(featuresOf(task.question, task.answer)) === null
            ? PASSED
            : refused("near_duplicate", "This was asked before in other words."),
      ],
      [caps.check, () => this.#overCap(task)],
    ]);
  }

  /** Remember a task, so that it is not asked again. */
  note(task: Task): void {
    const { duplicates, sameFact, nearDuplicates } = this.config;
    const key = id(dedupKey(task));
    // The proposals of a document may repeat each other; the reworded index must not hold the same task twice.
    if (nearDuplicates.check !== "off" && !this.#tasks.has(key))
      this.#near.add(featuresOf(task.question, task.answer));
    if (duplicates !== "off" || nearDuplicates.check !== "off") this.#tasks.add(key);
    if (sameFact !== "off") this.#facts.add(id(factKey(task)));
  }

  /** Remember the tasks that one document brought in one step: each task, and one use of the document and of each answer. */
  remember(tasks: readonly Task[]): void {
    for (const task of tasks) this.note(task);
    if (this.config.caps.check === "off") return;
    for (const key of new Set(tasks.map((task) => id(documentOf(task))))) increment(this.#documents, key);
    for (const key of new Set(tasks.map((task) => id(answerKey(task.answer))))) increment(this.#answers, key);
  }

  #overCap(task: Task): CheckResult {
    const { stepsPerDocument, stepsPerAnswer } = this.config.caps;
    const visits = this.#documents.get(id(documentOf(task))) ?? 0;
    if (stepsPerDocument > 0 && visits >= stepsPerDocument)
      return refused("over_cap", `The document has brought tasks in ${visits} steps.`);
    const uses = this.#answers.get(id(answerKey(task.answer))) ?? 0;
    return stepsPerAnswer > 0 && uses >= stepsPerAnswer
      ? refused("over_cap", `The answer was asked for in ${uses} steps.`)
      : PASSED;
  }
}

function repeated(
  known: ReadonlySet<number>,
  key: string,
  code: "duplicate" | "same_fact",
  detail: string,
): CheckResult {
  return known.has(id(key)) ? refused(code, detail) : PASSED;
}

function factKey(task: Task): string {
  return `${documentOf(task)}|${answerKey(task.answer)}`;
}

function documentOf({ segmentId }: Task): string {
  return segmentId.split(":", 1)[0] ?? "";
}

/** 53 bits of a key's hash: among a million keys, two are confused with a probability of 6 in 100,000. */
function id(key: string): number {
  const [high, low] = murmur128(key);
  return (high >>> 11) * 2 ** 32 + low;
}

function increment(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
