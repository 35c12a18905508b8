import { createHash } from "node:crypto";
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
import type { Document, Segment, Split } from "../../src/core/records/document.js";
import type { Episode } from "../../src/core/records/episode.js";
import type { ReviewRecord } from "../../src/core/truth/review.js";

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

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

/** Every split holds all segments. */
export class MemoryCorpus implements Corpus {
  readonly info;

  constructor(private readonly segments: readonly Segment[]) {
    this.info = {
      id: "memory",
      documents: segments.length,
      segments: segments.length,
      tokens: 0,
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

/** Keeps commits in memory, with the same rules as the directory store. */
export class MemoryRunStore implements RunStore {
  readonly id = "run";
  readonly directory = "memory";
  readonly commits: StepCommit[] = [];
  readonly events: string[] = [];
  readonly batches = new Map<number, StagedStep>();
  readonly reviews: ReviewRecord[] = [];
  start: PolicyMark | null = null;
  status = "new";

  get committed(): number {
    return this.commits.at(-1)?.step ?? 0;
  }

  async commit(step: StepCommit): Promise<void> {
    this.commits.push(step);
  }

  async audit(event: string): Promise<void> {
    this.events.push(event);
  }

  async review(_step: number, records: readonly ReviewRecord[]): Promise<void> {
    this.reviews.push(...records);
  }

  async begin(start: PolicyMark): Promise<void> {
    this.start = start;
  }

  async stage(step: StagedStep): Promise<void> {
    this.batches.set(step.step, step);
  }

  async staged(): Promise<StagedStep | null> {
    return this.batches.get(this.committed + 1) ?? null;
  }

  async recorded(step: number): Promise<RecordedBatch | null> {
    return this.batches.get(step) ?? null;
  }

  mark(step: number): PolicyMark | null {
    return step === 0 ? this.start : (this.commits.find((one) => one.step === step) ?? null);
  }

  async checkpoints(): Promise<readonly CheckpointInfo[]> {
    const marks = [this.start, ...this.commits].reverse();
    return marks.flatMap((mark) => (mark?.checkpoint == null ? [] : [mark.checkpoint]));
  }

  async rewind(step: number): Promise<void> {
    while (this.committed > step) this.commits.pop();
  }

  async *episodes(): AsyncIterable<Episode> {
    for (const one of this.commits) yield* one.episodes;
  }

  async setStatus(status: string): Promise<void> {
    this.status = status;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
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
