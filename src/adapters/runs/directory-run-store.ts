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

/** Settings of a run store. */
export interface KeepOptions {
  readonly clock: Clock;
  /**
   * Folder under which the trainer saves the weights of checkpoints. Null when a trainer on another
   * machine has them; the store then does not search for weights and does not remove them. Default:
   * `checkpoints` in the run directory.
   */
  readonly weightsRoot?: string | null;
  /** Number of checkpoints whose weights are kept, newest first; at least 1. Default: all. */
  readonly keepCheckpoints?: number;
  /**
   * Batches that are kept: `all`, or the batches after the oldest kept checkpoint. Default: all.
   */
  readonly keepBatches?: "all" | "checkpoint";
}

/** Events that determine which steps count, how many there are, and which code they are of. */
const DECIDING = new Set(["start", "step", "rewind", "extended", "code_changed"]);

interface Parts {
  readonly paths: RunPaths;
  readonly info: RunInfo;
  readonly state: AuditState;
  readonly lock: Lock;
  readonly logs: string;
  readonly options: KeepOptions;
}

/**
 * The write side of a run directory (docs/run-format.md). The episodes and metrics of a step are
 * appended and flushed first. The audit event with their digests is written last and makes the step
 * count. Calls run one after the other.
 */
export class DirectoryRunStore implements RunStore {
  readonly id: string;
  readonly directory: string;
  /** Folder for the log files of this attempt. */
  readonly logs: string;
  /**
   * Folder under which checkpoints are saved, for a sidecar on this machine; null when another
   * machine has the weights.
   */
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

  /** Current content of run.json. */
  get info(): RunInfo {
    return this.#info;
  }

  get committed(): number {
    return this.#state.timeline.committed;
  }

  commit(step: StepCommit): Promise<void> {
    return this.#serially(async () => {
      if (step.step <= this.committed) {
        throw new RangeError(
          `step ${step.step} is committed already; the last committed step is ${this.committed}`,
        );
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
    return step === 0 ? start : (marks.find((mark) => mark.step === step) ?? null);
  }

  async checkpoints(): Promise<readonly CheckpointInfo[]> {
    return this.#present().reverse();
  }

  rewind(step: number): Promise<void> {
    return this.#serially(async () => {
      const from = this.committed;
      if (step >= from) return;
      // The audit event is the decision. Moving the bytes follows it, and is repeated at the next
      // open if it is interrupted.
      await this.#append("rewind", { from, to: step });
      await dropUncommitted(this.#paths, this.#state, `${this.#label()}-rewind`, this.weightsRoot);
    });
  }

  episodes(): AsyncIterable<Episode> {
    return readCommitted<Episode>(this.#paths.episodes, this.#state.timeline.end("episodes"));
  }

  /**
   * Gives the run more steps than it has. config.json stays as it is; the audit log has the number.
   *
   * @param from number of steps that the run has
   * @param to number of steps that the run gets; more than `from`
   */
  extend(from: number, to: number): Promise<void> {
    if (to <= from) throw new RangeError(`${to} steps are not more than ${from}`);
    return this.#serially(() => this.#append("extended", { from, to, committed: this.committed }));
  }

  /**
   * Lets the run go on with other code of the user, from the next step on.
   *
   * @param files the files that are not as before, each with both digests
   * @param modules the records of all modules
   */
  changeCode(files: readonly object[], modules: readonly object[]): Promise<void> {
    return this.#serially(() => this.#append("code_changed", { committed: this.committed, files, modules }));
  }

  /** Gives the run another name. Its id and its folder stay. */
  rename(name: string): Promise<void> {
    return this.#serially(async () => {
      await this.#append("renamed", { from: this.#info.name, to: name });
      this.#info = { ...this.#info, name, updatedAt: this.#clock.iso() };
      await this.#guarded("writing run.json", this.#paths.info, () =>
        writeJson(this.#paths.info, this.#info),
      );
    });
  }

  /**
   * Removes the checkpoints that `keepCheckpoints` does not keep and, with `keepBatches:
   * checkpoint`, the batches up to the oldest kept checkpoint.
   */
  prune(): Promise<void> {
    return this.#serially(async () => {
      const { upTo, batches } = await this.#prune();
      if (batches > 0) await this.#append("batches_removed", { upTo, batches });
    });
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

  /**
   * Truncates the files after a failed commit. If this fails too, the next open removes the
   * remaining bytes.
   */
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

  /**
   * Removes the weights of the oldest checkpoints. The audit log still records that they existed.
   *
   * @returns the oldest kept checkpoint, and the number of removed batches
   */
  async #prune(): Promise<{ readonly upTo: number; readonly batches: number }> {
    if (this.weightsRoot === null) return { upTo: 0, batches: 0 };
    const present = this.#present();
    const surplus = present.splice(0, Math.max(0, present.length - this.#keep));
    for (const { step, path } of surplus) {
      await rm(join(this.weightsRoot, path), { recursive: true, force: true });
      await rm(join(this.#paths.checkpoints, `${stepName(step)}.json`), { force: true });
      await this.#append("checkpoint_removed", { step });
    }
    const upTo = present[0]?.step ?? 0;
    return { upTo, batches: this.#keepBatches === "checkpoint" ? await this.#batches.removeUpTo(upTo) : 0 };
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
    // A failed call must not make later calls fail. Its own caller gets the error.
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

/** Yields one line at a time, because a large step may not fit into one string. */
function* jsonLines(values: readonly unknown[]): Generator<string> {
  for (const value of values) yield `${JSON.stringify(value)}\n`;
}
