import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { PolicyMark } from "../../app/ports/runs.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { Episode } from "../../core/records/episode.js";
import type { StepMetrics } from "../../core/records/metrics.js";
import type { Appended } from "../files/durable.js";
import { fileError } from "../files/errors.js";
import { readLines } from "../files/lines.js";
import { lockHolder } from "../files/lock.js";
import { type AuditRecord, readAudit } from "./audit-log.js";
import { type RunPaths, runPaths } from "./layout.js";
import { readAuditState } from "./recover.js";
import { damagedRun, parseObject, type RunInfo, readInfo } from "./run-info.js";
import type { StepMark } from "./timeline.js";

/** `crashed`: the status in run.json is `running`, but no process has the lock of the run. */
export type RunState = RunInfo["status"] | "crashed";

/** Result of comparing a run with its audit log. */
export interface Verification {
  readonly ok: boolean;
  /** Number of records in the chain. */
  readonly events: number;
  /**
   * Hash of the last record. A person who stores this hash can later prove that no record was
   * removed.
   */
  readonly head: string;
  /** One sentence for each problem; empty for a correct run. */
  readonly problems: readonly string[];
}

/**
 * The read side of a run directory. It returns committed steps only, and it works while another
 * process writes the run.
 */
export interface RunReader {
  readonly directory: string;
  readonly info: RunInfo;
  readonly state: RunState;
  /**
   * The experiment of config.json. `steps` is the number of steps after the last extension, when
   * the run was extended.
   */
  readonly config: Experiment;
  /** Number of steps in config.json, which the run was started with. */
  readonly startedSteps: number;
  /** The weights at the start of the run; null before they are recorded. */
  readonly start: PolicyMark | null;
  /** Committed steps at the time when the run was opened. */
  readonly steps: readonly StepMark[];
  /**
   * The user's code that the next step is played with: `modules` of the last event `code_changed`,
   * else `provenance.ownCode` of run.json.
   */
  readonly ownCode: unknown;
  /** The user's code that a committed step was played with, as `ownCode`. */
  ownCodeOf(step: number): unknown;
  episodes(): AsyncIterable<Episode>;
  metrics(): AsyncIterable<StepMetrics>;
  audit(): AsyncIterable<AuditRecord>;
  /**
   * Verifies the chain, the digests of all committed steps, and the configuration. All files are
   * read.
   */
  verify(): Promise<Verification>;
}

/**
 * Opens a run for reading. @throws SpiceError `RUN_NOT_FOUND` (exit 2), `RUN_FORMAT` (exit 3),
 * `RUN_DAMAGED` (exit 5)
 */
export async function readRun(directory: string): Promise<RunReader> {
  const paths = runPaths(directory);
  const info = await readInfo(paths);
  try {
    const configText = await readFile(paths.config, "utf8");
    const { timeline } = await readAuditState(paths);
    const stored = parseObject(configText, paths.config) as unknown as Experiment;
    return {
      directory,
      info,
      state: info.status === "running" && (await lockHolder(paths.lock)) === null ? "crashed" : info.status,
      config: { ...stored, steps: timeline.extendedTo ?? stored.steps },
      startedSteps: stored.steps,
      start: timeline.start,
      steps: timeline.marks,
      ownCode: timeline.code ?? info.provenance["ownCode"],
      ownCodeOf: (step) => timeline.codeOf(step) ?? info.provenance["ownCode"],
      episodes: () => readCommitted<Episode>(paths.episodes, timeline.end("episodes")),
      metrics: () => readCommitted<StepMetrics>(paths.metrics, timeline.end("metrics")),
      audit: () => auditRecords(paths.audit),
      verify: () => verify(paths, info),
    };
  } catch (error) {
    throw fileError(error, "reading the run", directory, "store");
  }
}

/**
 * Reads the JSON lines in the first `end` bytes of a file.
 *
 * @throws SpiceError `RUN_DAMAGED` (exit 5) on a line that is not JSON
 */
export async function* readCommitted<T>(path: string, end: number): AsyncGenerator<T> {
  let number = 0;
  for await (const { bytes } of readLines(path, 0, end)) {
    number += 1;
    let value: T;
    try {
      value = JSON.parse(bytes.toString("utf8")) as T;
    } catch {
      throw damagedRun("A committed line is not JSON.", `${path}:${number}`);
    }
    yield value;
  }
}

async function* auditRecords(path: string): AsyncGenerator<AuditRecord> {
  for await (const { record } of readAudit(path)) yield record;
}

async function verify(paths: RunPaths, info: RunInfo): Promise<Verification> {
  const problems: string[] = [];
  const { timeline, head } = await readAuditState(paths);
  const config = createHash("sha256")
    .update(await readFile(paths.config))
    .digest("hex");
  if (config !== info.configDigest)
    problems.push("config.json is not the configuration that the run was started with.");
  for (const file of ["episodes", "metrics"] as const) {
    const size = existsSync(paths[file]) ? (await stat(paths[file])).size : 0;
    for (const mark of timeline.marks) {
      const part = mark[file];
      if (part.to > size) problems.push(`${file}.jsonl of step ${mark.step} is incomplete.`);
      else if ((await digestOf(paths[file], part)) !== part.sha256)
        problems.push(`${file}.jsonl of step ${mark.step} was changed.`);
    }
  }
  return { ok: problems.length === 0, events: head.seq, head: head.hash, problems };
}

async function digestOf(path: string, { from, to }: Appended): Promise<string> {
  const hash = createHash("sha256");
  if (to > from) {
    for await (const chunk of createReadStream(path, { start: from, end: to - 1 }) as AsyncIterable<Buffer>)
      hash.update(chunk);
  }
  return hash.digest("hex");
}
