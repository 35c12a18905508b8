import type { Clock } from "../../src/app/ports/clock.js";
import type { Corpus } from "../../src/app/ports/corpus.js";
import type { Logger, MetricSink } from "../../src/app/ports/output.js";
import type {
  PolicyMark,
  RecordedBatch,
  RunStore,
  StagedStep,
  StepCommit,
} from "../../src/app/ports/runs.js";
import type { CheckpointInfo } from "../../src/app/ports/trainer.js";
import type { Document, Segment, SnapshotInfo, Split } from "../../src/core/records/document.js";
import type { Episode } from "../../src/core/records/episode.js";
import type { ReviewRecord } from "../../src/core/truth/review.js";
import { sha256 } from "./fixtures.js";

export { sha256 } from "./fixtures.js";

/** A short fact card about a country that does not exist. */
export function card(subject: string, capital: string, language: string): Segment {
  const text = `Country: ${subject}\nCapital: ${capital}\nLanguages: ${language}`;
  const document: Document = {
    id: sha256(text),
    text,
    title: subject,
    sourceUri: `memory:${subject}`,
    licence: "CC0-1.0",
    language: "en",
    splitKey: subject,
    subject,
    kind: "facts",
    facts: [
      { field: "Capital", subject, values: [capital] },
      { field: "Languages", subject, values: [language] },
    ],
  };
  return { id: `${document.id}:0-${text.length}`, document, start: 0, end: text.length, text, tokens: 20 };
}

/** Every split holds all segments. Keeps the rules of the port that `corpusContract` checks. */
export class MemoryCorpus implements Corpus {
  readonly info: SnapshotInfo;

  constructor(private readonly segments: readonly Segment[]) {
    this.info = {
      id: "memory",
      documents: new Set(segments.map((one) => one.document.id)).size,
      segments: segments.length,
      tokens: segments.reduce((sum, one) => sum + one.tokens, 0),
      tokenizer: "none",
      sources: ["memory"],
    };
  }

  size(_split: Split): number {
    return this.segments.length;
  }

  async segment(_split: Split, index: number): Promise<Segment> {
    const found = this.segments[index];
    if (found === undefined) throw new RangeError(`no segment ${index}`);
    return found;
  }

  async find(id: string): Promise<Segment | null> {
    return this.segments.find((one) => one.id === id || one.document.id === id) ?? null;
  }
}

/**
 * Keeps a run in memory, with the rules of the directory store: `runStoreContract` runs on both.
 * What goes in is copied, as a file would. The fields are for tests to look at.
 */
export class MemoryRunStore implements RunStore {
  readonly id = "run";
  readonly directory = "memory";
  /** Steps that count, in order. */
  readonly commits: StepCommit[] = [];
  /** Names of the audit events, in order. */
  readonly events: string[] = [];
  /** Batches by step: of steps that count, of the staged one, and of steps that were rewound. */
  readonly batches = new Map<number, RecordedBatch>();
  readonly reviews: ReviewRecord[] = [];
  start: PolicyMark | null = null;
  status = "new";
  #staged: Omit<StagedStep, keyof RecordedBatch> | null = null;

  get committed(): number {
    return this.commits.at(-1)?.step ?? 0;
  }

  async commit(step: StepCommit): Promise<void> {
    if (step.step <= this.committed) throw new RangeError(`step ${step.step} is committed already`);
    this.commits.push(asJson(step));
    this.events.push("step");
  }

  async audit(event: string): Promise<void> {
    if (["start", "step", "rewind"].includes(event))
      throw new RangeError(`${event} is the store's own event`);
    this.events.push(event);
  }

  async review(step: number, records: readonly ReviewRecord[]): Promise<void> {
    const kept = this.reviews.findIndex((one) => one.step >= step);
    if (kept >= 0) this.reviews.splice(kept);
    this.reviews.push(...asJson(records.slice(0, 100)));
  }

  async begin(start: PolicyMark): Promise<void> {
    this.start = asJson(start);
    this.events.push("start");
  }

  async stage({ batch, optim, ...rest }: StagedStep): Promise<void> {
    this.batches.set(rest.step, structuredClone({ batch, optim }));
    this.#staged = asJson(rest);
  }

  async staged(): Promise<StagedStep | null> {
    const next = this.committed + 1;
    const recorded = this.batches.get(next);
    if (this.#staged?.step !== next || recorded === undefined) return null;
    return structuredClone({ ...this.#staged, ...recorded });
  }

  async recorded(step: number): Promise<RecordedBatch | null> {
    return structuredClone(this.batches.get(step) ?? null);
  }

  mark(step: number): PolicyMark | null {
    return step === 0 ? this.start : (this.commits.find((one) => one.step === step) ?? null);
  }

  async checkpoints(): Promise<readonly CheckpointInfo[]> {
    const marks = [this.start, ...this.commits].reverse();
    return marks.flatMap((mark) => (mark?.checkpoint == null ? [] : [mark.checkpoint]));
  }

  async rewind(step: number): Promise<void> {
    if (step >= this.committed) return;
    while (this.committed > step) this.commits.pop();
    this.events.push("rewind");
  }

  async *episodes(): AsyncIterable<Episode> {
    for (const one of this.commits) yield* asJson(one.episodes);
  }

  async setStatus(status: string): Promise<void> {
    this.status = status;
    this.events.push("status");
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** A copy that has been through a file. */
function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

export const silentSink: MetricSink = { step: () => undefined, progress: () => undefined };
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
export const stoppedClock: Clock = {
  now: () => 0,
  iso: () => "1970-01-01T00:00:00.000Z",
  cpuSeconds: () => 0,
};
