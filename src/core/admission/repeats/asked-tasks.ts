import { type Screened, screen } from "../../checks/series.js";
import { murmur128 } from "../../random/murmur.js";
import type { Candidate, Task } from "../../records/task.js";
import { filledGap } from "../../text/gap.js";
import { featuresOf } from "../../text/near-duplicates/features.js";
import { NearIndex } from "../../text/near-duplicates/near-index.js";
import { answerKey, contentWords, words } from "../../text/normalize.js";
import { type AdmissionConfig, severityIn } from "../config.js";
import type { AskedBefore } from "../input.js";
import { REPEAT_CHECKS } from "./repeat-checks.js";

/**
 * A key that equal questions share: the answer type, the question's words with content in
 * alphabetical order, and the normalized answer. A question that quotes a sentence with a gap is
 * the same question with and without options, so its key has no answer type.
 */
export function dedupKey({ question, answer, answerType }: Candidate): string {
  const asked = [...new Set(contentWords(question))].sort();
  const type = filledGap(question, answer) === null ? answerType : "gap";
  return `${type}|${asked.join(" ")}|${answerKey(answer)}`;
}

/** The settings of the checks that need the asked tasks. */
export type RepeatConfig = Pick<
  AdmissionConfig,
  "duplicates" | "conflicts" | "sameFact" | "nearDuplicates" | "caps"
>;

/**
 * The asked tasks of a run. They find exact repeats, the same fact, and repeats in other words.
 * They count how often a document or an answer was used. Only the hashes that the checks need are
 * kept, and only for checks that are on: about 0.55 KB for each task. The same episodes in the same
 * order give the same contents, so a resumed run needs no file for it.
 */
export class AskedTasks implements AskedBefore {
  readonly #tasks = new Set<number>();
  readonly #facts = new Set<number>();
  /** The answers of each question; nearly every question has one. */
  readonly #golds = new Map<number, number | Set<number>>();
  readonly #near: NearIndex;
  readonly #documents = new Map<number, number>();
  readonly #answers = new Map<number, number>();

  constructor(private readonly config: RepeatConfig) {
    this.#near = new NearIndex(config.nearDuplicates.similarity);
  }

  /**
   * Runs the checks of repeats on a task, in this order: exact, other gold, same fact, in other
   * words, caps.
   */
  screen(task: Task): Screened {
    const { config } = this;
    return screen(REPEAT_CHECKS, (setting) => severityIn(config, setting), {
      task,
      asked: this,
      settings: config,
    });
  }

  hasTask(task: Task): boolean {
    return this.#tasks.has(id(dedupKey(task)));
  }

  hasOtherGold(task: Task): boolean {
    const golds = this.#golds.get(id(questionKey(task)));
    if (golds === undefined) return false;
    const gold = id(answerKey(task.answer));
    return typeof golds === "number" ? golds !== gold : !golds.has(gold);
  }

  hasFact(task: Task): boolean {
    return this.#facts.has(id(factKey(task)));
  }

  hasReworded({ question, answer }: Task): boolean {
    return this.#near.find(featuresOf(question, answer)) !== null;
  }

  stepsOfDocument(task: Task): number {
    return this.#documents.get(id(documentOf(task))) ?? 0;
  }

  stepsOfAnswer({ answer }: Task): number {
    return this.#answers.get(id(answerKey(answer))) ?? 0;
  }

  /** Adds a task, so that a later `screen` finds its repeats. */
  note(task: Task): void {
    const { duplicates, conflicts, sameFact, nearDuplicates } = this.config;
    const key = id(dedupKey(task));
    // Two proposals of a document may have the same task. The index of near duplicates must not
    // contain a task twice.
    if (nearDuplicates.check !== "off" && !this.#tasks.has(key))
      this.#near.add(featuresOf(task.question, task.answer));
    if (duplicates !== "off" || nearDuplicates.check !== "off") this.#tasks.add(key);
    if (conflicts !== "off") this.#noteGold(task);
    if (sameFact !== "off") this.#facts.add(id(factKey(task)));
  }

  #noteGold(task: Task): void {
    const key = id(questionKey(task));
    const gold = id(answerKey(task.answer));
    const golds = this.#golds.get(key);
    if (golds === undefined) this.#golds.set(key, gold);
    else if (typeof golds !== "number") golds.add(gold);
    else if (golds !== gold) this.#golds.set(key, new Set([golds, gold]));
  }

  /**
   * Adds the admitted tasks of a document in a step. Counts one use of the document, and one use of
   * each answer.
   */
  remember(tasks: readonly Task[]): void {
    for (const task of tasks) this.note(task);
    if (this.config.caps.check === "off") return;
    for (const key of new Set(tasks.map((task) => id(documentOf(task))))) increment(this.#documents, key);
    for (const key of new Set(tasks.map((task) => id(answerKey(task.answer))))) increment(this.#answers, key);
  }
}

/** A key that questions with equal words share. Options choose the answer, so they belong to it. */
function questionKey({ question, answer, answerType, options }: Task): string {
  const choices =
    answerType === "mcq" && filledGap(question, answer) === null ? [...options].map(answerKey).sort() : [];
  return [words(question).join(" "), ...choices].join("|");
}

/**
 * What a task asks about. A question that quotes a sentence asks about this sentence, and a long
 * document has many sentences with the same name.
 */
function factKey(task: Task): string {
  const place = filledGap(task.question, task.answer) === null ? documentOf(task) : task.segmentId;
  return `${place}|${answerKey(task.answer)}`;
}

function documentOf({ segmentId }: Task): string {
  return segmentId.split(":", 1)[0] ?? "";
}

/**
 * 53 bits of a key's hash: among a million keys, two are confused with a probability of 6 in
 * 100,000.
 */
function id(key: string): number {
  const [high, low] = murmur128(key);
  return (high >>> 11) * 2 ** 32 + low;
}

function increment(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
