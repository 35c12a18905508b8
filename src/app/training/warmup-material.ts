import { admit } from "../../core/admission/admit.js";
import { screenDocument } from "../../core/admission/document/screen-document.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import { promptFamily } from "../../core/prompts/families.js";
import { keyed, type Rng } from "../../core/random/rng.js";
import type { Segment } from "../../core/records/document.js";
import type { ReasonCode } from "../../core/records/finding.js";
import type { Candidate, Hash } from "../../core/records/task.js";
import { factTasks } from "../../core/warmup/facts.js";
import type { KnownTask } from "../../core/warmup/known-task.js";
import { minedSentences, minedTasks, type ValuePool, valuePool } from "../../core/warmup/mined.js";
import { type PairedText, pairTasks } from "../../core/warmup/pairs.js";
import { type WarmupCounts, whyUnasked } from "../../core/warmup/shortage.js";
import { PROPOSALS, type WarmupExample, warmupExamples } from "../../core/warmup/warmup.js";
import type { Corpus } from "../ports/corpus.js";
import { pickSegments, walkSegments } from "../self-play/documents.js";

/** Number of segments that provide wrong options for the multiple-choice examples. */
const POOL_SEGMENTS = 1024;
/** Segments that are read for each document of a step, at most. */
const SEARCHED_SEGMENTS = 250;

/** Length of a warm start. */
export interface WarmupSteps {
  /** At most `warmup.steps`. */
  readonly steps: number;
  /**
   * Number of its tasks; estimated when more segments than `POOL_SEGMENTS` belong to it. Null when
   * they were not counted.
   */
  readonly tasks: number | null;
}

/**
 * What the warm start can teach from: the documents of its split, and the pairs that the user gave.
 * The source of each document's tasks is the first of `warmup.sources` that gives any.
 */
export class WarmupMaterial {
  readonly #values: ValuePool;

  private constructor(
    private readonly experiment: Experiment,
    private readonly corpus: Corpus,
    private readonly pairs: readonly PairedText[],
    private readonly hash: Hash,
    private readonly pool: readonly Segment[],
  ) {
    this.#values = valuePool(pool);
  }

  /**
   * @param pairs the pairs of `warmup.pairs`; empty without that setting
   * @throws SpiceError `CORPUS_SPLIT_EMPTY` (exit 2) when no document belongs to the warm start and
   * there are no pairs
   */
  static async open(
    experiment: Experiment,
    corpus: Corpus,
    pairs: readonly PairedText[],
    hash: Hash,
  ): Promise<WarmupMaterial> {
    const size = corpus.size("warmup");
    const key = [experiment.seed, 0, "warmup-pool"];
    const pool =
      size === 0 && pairs.length > 0
        ? []
        : await pickSegments(corpus, "warmup", Math.min(POOL_SEGMENTS, size), key);
    return new WarmupMaterial(experiment, corpus, pairs, hash, pool);
  }

  /** The examples of one step. Pairs give at most half of the documents, unless they are alone. */
  async examples(step: number): Promise<readonly WarmupExample[]> {
    const { seed, warmup } = this.experiment;
    const wanted = warmup.documentsPerStep;
    const paired = this.#usesPairs()
      ? Math.min(this.pairs.length, this.pool.length === 0 ? wanted : Math.ceil(wanted / 2))
      : 0;
    const texts = keyed(seed, step, "warmup-pairs")
      .sample(this.pairs.length, paired)
      .map((index) => this.pairs[index] as PairedText);
    const fromPairs = texts.flatMap((text) => this.#examplesOf(step, text.segment, text));
    return [...fromPairs, ...(await this.#fromDocuments(step, wanted - paired))];
  }

  /** Counts what the documents and the pairs give, and why the rest is refused. */
  count(): WarmupCounts {
    const { seed, warmup, challenger } = this.experiment;
    const formats = challenger.mix.map(({ format }) => format);
    const total = { pairs: 0, facts: 0, sentences: 0, withAnswer: 0, tasks: 0 };
    const refused: Record<string, number> = {};
    const note = (reason: string | null) => {
      if (reason !== null) refused[reason] = (refused[reason] ?? 0) + 1;
    };
    const tryAll = (segment: Segment, tasks: readonly KnownTask[]) => {
      const refusal = this.#refusals(segment);
      const reasons = tasks.map((task) => whyUnasked(task, formats, (candidate) => refusal(candidate, task)));
      total.tasks += reasons.filter((reason) => reason === null).length;
      return reasons;
    };
    const usesPairs = this.#usesPairs();
    for (const text of usesPairs ? this.pairs : []) {
      const rng = keyed(seed, 0, text.segment.id, "warmup-count");
      total.pairs += text.pairs.length;
      for (const reason of tryAll(text.segment, pairTasks(text, this.pairs, rng))) note(reason);
    }
    for (const segment of this.pool) {
      const rng = keyed(seed, 0, segment.id, "warmup-count");
      const facts = warmup.sources.includes("facts") ? factTasks(segment, this.pool, rng) : [];
      total.facts += facts.length;
      for (const reason of tryAll(segment, facts)) note(reason);
      const sentences = warmup.sources.includes("mined") ? minedSentences(segment, this.#values, rng) : [];
      total.sentences += sentences.length;
      for (const { tasks, refusal } of sentences) {
        if (tasks.length > 0) total.withAnswer += 1;
        const reasons = tryAll(segment, tasks);
        note(refusal ?? (reasons.includes(null) ? null : (reasons[0] ?? null)));
      }
    }
    const documents = new Set(this.pool.map(({ document }) => document.id)).size;
    return { ...total, documents, segments: this.pool.length, refused };
  }

  /**
   * Steps of the warm start: `warmup.steps`, or fewer when its documents and pairs have so few
   * tasks that the steps would teach each of them more than `warmup.maxRepeats` times. For example,
   * SmolLM2-135M was taught 30 tasks 14 times. It then wrote the answers of these tasks about every
   * document, and none of 64 proposals was admitted.
   */
  steps(): WarmupSteps {
    const { steps, documentsPerStep } = this.experiment.warmup;
    // The configuration of an old run does not have this setting.
    const maxRepeats = this.experiment.warmup.maxRepeats ?? null;
    if (maxRepeats === null) return { steps, tasks: null };
    const { tasks, segments } = this.count();
    const all = Math.ceil((tasks * this.corpus.size("warmup")) / Math.max(1, segments));
    const useful = Math.ceil((maxRepeats * Math.max(all, tasks)) / (documentsPerStep * PROPOSALS));
    return { steps: Math.min(steps, Math.max(1, useful)), tasks: Math.max(all, tasks) };
  }

  #usesPairs(): boolean {
    return this.pairs.length > 0 && this.experiment.warmup.sources.includes("pairs");
  }

  /**
   * Documents of the corpus, until they give as many proposals as `wanted` documents with many
   * tasks. A document without any task is skipped.
   */
  async #fromDocuments(step: number, wanted: number): Promise<readonly WarmupExample[]> {
    if (this.pool.length === 0 || wanted === 0) return [];
    const { seed } = this.experiment;
    const key = [seed, step, "warmup-documents"];
    const segments = walkSegments(this.corpus, "warmup", wanted * SEARCHED_SEGMENTS, key);
    const examples: WarmupExample[] = [];
    let proposals = 0;
    for await (const segment of segments) {
      if (proposals >= wanted * PROPOSALS) break;
      const made = this.#examplesOf(step, segment, null);
      proposals += made.filter(({ role }) => role === "challenger").length;
      examples.push(...made);
    }
    return examples;
  }

  #examplesOf(step: number, segment: Segment, pairs: PairedText | null): readonly WarmupExample[] {
    const { seed, challenger } = this.experiment;
    const rng = keyed(seed, step, segment.id, "warmup-examples", 0);
    const tasks = this.#tasksOf(segment, rng, pairs);
    if (tasks.length === 0) return [];
    const family = promptFamily(challenger.prompts, challenger.templates);
    return warmupExamples(segment, tasks, rng, family, challenger, this.#gate(segment));
  }

  #tasksOf(segment: Segment, rng: Rng, pairs: PairedText | null): readonly KnownTask[] {
    if (pairs !== null) return pairTasks(pairs, this.pairs, rng);
    for (const source of this.experiment.warmup.sources) {
      const tasks =
        source === "facts"
          ? factTasks(segment, this.pool, rng)
          : source === "mined"
            ? minedTasks(segment, this.#values, rng)
            : [];
      if (tasks.length > 0) return tasks;
    }
    return [];
  }

  /** The checks of admission that need no model, for the proposals of one segment. */
  #gate(segment: Segment): (candidate: Candidate, task: KnownTask) => boolean {
    const refusal = this.#refusals(segment);
    return (candidate, task) => refusal(candidate, task) === null;
  }

  /** The code with which admission refuses a proposal of one segment; null when it is admitted. */
  #refusals(segment: Segment): (candidate: Candidate, task: KnownTask) => ReasonCode | null {
    const config = this.experiment.admission;
    const document = screenDocument(segment, config);
    return (candidate, { passage }) => {
      const result = admit(candidate, {
        segment,
        document,
        focus: this.experiment.challenger.focus === "passage" ? passage : null,
        config,
        optionRng: () => keyed("warmup-options"),
        hash: this.hash,
        evaluations: null,
      });
      return result.ok ? null : result.code;
    };
  }
}
