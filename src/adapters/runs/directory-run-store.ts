import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../app/ports/clock.js";
import type { PolicyMark, RecordedBatch, RunStore, StagedStep, StepCommit } from "../../app/ports/runs.js";
import { stepName } from "../../app/ports/runs.js";
import type { CheckpointInfo } from "../../app/ports/trainer.js";
import type { Episode } from "../../core/records/episode.js";
import type { ReviewRecord } from "../../core/truth/review.js";
import { appendFlushed, truncateFlushed, writeJson } from "../files/durable.js";
import { fileError } from "../files/errors.js";
import type { Lock } from "../files/lock.js";
import { nextRecord } from "./audit-log.js";
import { BatchStore } from "./batch-store.js";
import type { RunPaths } from "./layout.js";
import { readCommitted } from "./read-run.js";
import { type AuditState, dropUncommitted } from "./recover.js";
import { appendReview } from "./review-log.js";
import type { RunInfo, RunStatus } from "./run-info.js";
import type { StepMark } from "./timeline.js";

/** How a run is kept. */
export interface KeepOptions {
  readonly clock: Clock;
  /**
   * Folder under which the trainer puts the weights of a checkpoint. Null when a trainer elsewhere keeps them: they are then
   * neither looked for nor removed. Default: `checkpoints` in the run directory.
   */
  readonly weightsRoot?: string | null;
  /** Checkpoints whose weights are kept, newest first; at least 1. Default: all. */
  readonly keepCheckpoints?: number;
  /** Batches that are kept: `all`, or those after the oldest checkpoint that is kept. Default: all. */
  readonly keepBatches?: "all" | "checkpoint";
}

/** Events that decide which steps count. */
const DECIDING = new Set(["start", "step", "rewind"]);

interface Parts {
  readonly paths: RunPaths;
  readonly info: RunInfo;
  readonly state: AuditState;
  readonly lock: Lock;
  readonly logs: string;
  readonly options: KeepOptions;
}

/**
 * The write side of a run directory (docs/run-format.md). A step's episodes and metrics are appended and flushed first; the audit
 * event that carries their digests comes last and makes the step count. Calls are carried out one after the other.
 */
export class DirectoryRunStore implements RunStore {
  readonly id: string;
  readonly directory: string;
  /** Folder for the log files of this attempt. */
  readonly logs: string;
  /** Folder under which checkpoints are saved, to be given to a sidecar on this machine; null when weights live elsewhere. */
  readonly weightsRoot: string | null;
  readonly #paths: RunPaths;
  readonly #clock: Clock;
  readonly #keep: number;
  readonly #keepBatches: "all" | "checkpoint";
  readonly #batches: BatchStore;
  readonly #lock: Lock;
  #info: RunInfo;
  #state: AuditState;
  #queue: Promise<unknown> = Promise.resolve();

  constructor({ paths, info, state, lock, logs, options }: Parts) {
    this.id = info.id;
    this.directory = paths.directory;
    this.logs = logs;
    this.weightsRoot = options.weightsRoot === undefined ? paths.checkpoints : options.weightsRoot;
    this.#paths = paths;
    this.#clock = options.clock;
    this.#keep = Math.max(1, options.keepCheckpoints ?? Number.POSITIVE_INFINITY);
    this.#keepBatches = options.keepBatches ?? "all";
    this.#batches = new BatchStore(paths);
    this.#lock = lock;
    this.#info = info;
    this.#state = state;
  }

  /** run.json as it stands. */
  get info(): RunInfo {
    return this.#info;
  }

  get committed(): number {
    return this.#state.timeline.committed;
  }

  commit(step: StepCommit): Promise<void> {
    return this.#serially(async () => {
      if (step.step <= this.committed) {
        throw new RangeError(`step ${step.step} is committed already; the last one is ${this.committed}`);
      }
      const mark = await this.#appendStep(step);
      try {
        if (step.checkpoint !== null) {
          const reference = {
            schema: "spice.checkpoint/1",
            ...mark,
            savedAt: this.#clock.iso(),
          };
          await writeJson(join(this.#paths.checkpoints, `${stepName(step.step)}.json`), reference);
        }
        await this.#append("step", { ...mark });
      } catch (error) {
        await this.#cutBack(mark);
        throw error;
      }
      if (step.checkpoint !== null) await this.#prune();
    });
  }

  audit(event: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    if (DECIDING.has(event)) throw new RangeError(`the event ${event} is written by the store itself`);
    return this.#serially(() => this.#append(event, data));
  }

  begin(start: PolicyMark): Promise<void> {
    return this.#serially(() => this.#append("start", { ...start }));
  }

  review(step: number, records: readonly ReviewRecord[]): Promise<void> {
    const path = this.#paths.review;
    return this.#serially(() =>
      this.#guarded("writing reviews", path, () => appendReview(path, step, records)),
    );
  }

  stage(step: StagedStep): Promise<void> {
    return this.#serially(() =>
      this.#guarded("keeping the step's batch", this.#paths.batches, () => this.#batches.stage(step)),
    );
  }

  staged(): Promise<StagedStep | null> {
    return this.#serially(() => this.#batches.staged(this.committed + 1));
  }

  recorded(step: number): Promise<RecordedBatch | null> {
    return this.#serially(() => this.#batches.recorded(step));
  }

  mark(step: number): PolicyMark | null {
    const { start, marks } = this.#state.timeline;
    return step === 0 ? start : (marks.find((one) => one.step === step) ?? null);
  }

  async checkpoints(): Promise<readonly CheckpointInfo[]> {
    return this.#present().reverse();
  }

  rewind(step: number): Promise<void> {
    return this.#serially(async () => {
      const from = this.committed;
      if (step >= from) return;
      // The event decides; moving the bytes only follows it and is done again at the next open if it is cut short.
      await this.#append("rewind", { from, to: step });
      await dropUncommitted(this.#paths, this.#state, `${this.#label()}-rewind`, this.weightsRoot);
    });
  }

  episodes(): AsyncIterable<Episode> {
    return readCommitted<Episode>(this.#paths.episodes, this.#state.timeline.end("episodes"));
  }

  setStatus(status: RunStatus, detail = ""): Promise<void> {
    return this.#serially(async () => {
      await this.#append("status", { status, detail });
      this.#info = { ...this.#info, status, detail, updatedAt: this.#clock.iso() };
      await this.#guarded("writing run.json", this.#paths.info, () =>
        writeJson(this.#paths.info, this.#info),
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue;
    await this.#lock[Symbol.asyncDispose]();
  }

  async #appendStep(step: StepCommit): Promise<StepMark> {
    const paths = this.#paths;
    const episodes = await this.#guarded("writing episodes", paths.episodes, () =>
      appendFlushed(paths.episodes, jsonLines(step.episodes)),
    );
    try {
      const metrics = await this.#guarded("writing metrics", paths.metrics, () =>
        appendFlushed(paths.metrics, jsonLines([step.metrics])),
      );
      const { policyVersion, policyDigest, checkpoint } = step;
      return { step: step.step, episodes, metrics, policyVersion, policyDigest, checkpoint };
    } catch (error) {
      await truncateFlushed(paths.episodes, episodes.from).catch(() => undefined);
      throw error;
    }
  }

  /** Best effort: what stays behind after a failure here is dropped at the next open. */
  async #cutBack(mark: StepMark): Promise<void> {
    await truncateFlushed(this.#paths.episodes, mark.episodes.from).catch(() => undefined);
    await truncateFlushed(this.#paths.metrics, mark.metrics.from).catch(() => undefined);
  }

  async #append(event: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    const { head, timeline } = this.#state;
    const record = nextRecord(head, this.#clock.iso(), event, data);
    const { audit } = this.#paths;
    const { to } = await this.#guarded("writing the audit log", audit, () =>
      appendFlushed(audit, jsonLines([record])),
    );
    timeline.apply(record);
    this.#state = { timeline, head: { seq: record.seq, hash: record.hash }, bytes: to };
  }

  /** Weights of the oldest checkpoints go; the audit log keeps saying that they existed. */
  async #prune(): Promise<void> {
    if (this.weightsRoot === null) return;
    const present = this.#present();
    const surplus = present.splice(0, Math.max(0, present.length - this.#keep));
    for (const { step, path } of surplus) {
      await rm(join(this.weightsRoot, path), { recursive: true, force: true });
      await rm(join(this.#paths.checkpoints, `${stepName(step)}.json`), { force: true });
      await this.#append("checkpoint_removed", { step });
    }
    const oldest = present[0]?.step ?? 0;
    if (this.#keepBatches === "checkpoint") await this.#batches.removeUpTo(oldest);
  }

  /** Checkpoints with weights, oldest first. */
  #present(): CheckpointInfo[] {
    const { start, marks } = this.#state.timeline;
    return [start, ...marks].flatMap((mark) =>
      mark?.checkpoint != null && this.#hasWeights(mark.checkpoint) ? [mark.checkpoint] : [],
    );
  }

  #hasWeights({ path }: CheckpointInfo): boolean {
    return this.weightsRoot === null || existsSync(join(this.weightsRoot, path));
  }

  #label(): string {
    return String(this.#state.head.seq).padStart(6, "0");
  }

  async #guarded<T>(doing: string, path: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw fileError(error, doing, path, "store");
    }
  }

  #serially<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    // A failed call must not fail the calls after it; its own caller gets the error.
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

/** One line at a time: a large step need not fit into one string. */
function* jsonLines(values: readonly unknown[]): Generator<string> {
  for (const value of values) yield `${JSON.stringify(value)}\n`;
}
