import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stableMetrics } from "../stable-metrics.js";

/** What two runs of one experiment have in common, or not. */
export interface Comparison {
  /** Steps of the undisturbed run that the other does not have. */
  readonly stepsLost: number;
  /** Steps that count more than once, in episodes, metrics or the audit log. */
  readonly stepsDoubled: number;
  readonly episodesEqual: boolean;
  /** All numbers but times, memory and what the event stream brought (stable-metrics.ts). */
  readonly metricsEqual: boolean;
  /** Weights after every step. */
  readonly digestsEqual: boolean;
}

/** What is read of a run directory. */
export interface RunFiles {
  readonly episodes: readonly Line[];
  readonly metrics: readonly Line[];
  readonly audit: readonly { readonly event: string; readonly data: Line }[];
}

type Line = Readonly<Record<string, unknown>>;

/** Compare a disturbed run with the undisturbed one. */
export function compareRuns(whole: RunFiles, disturbed: RunFiles): Comparison {
  const wanted = steps(whole.metrics);
  const found = new Set(steps(disturbed.metrics));
  const perStep = (files: RunFiles) =>
    JSON.stringify(files.metrics.map((one) => [one["step"], one["policy_digest"]]));
  return {
    stepsLost: wanted.filter((step) => !found.has(step)).length,
    stepsDoubled: Math.max(
      repeats(steps(disturbed.metrics)),
      repeats(disturbed.episodes.map((one) => `${one["step"]}/${one["slot"]}`)),
      repeats(countedSteps(disturbed.audit)),
    ),
    episodesEqual: JSON.stringify(whole.episodes) === JSON.stringify(disturbed.episodes),
    metricsEqual:
      JSON.stringify(whole.metrics.map(stableMetrics)) ===
      JSON.stringify(disturbed.metrics.map(stableMetrics)),
    digestsEqual: perStep(whole) === perStep(disturbed),
  };
}

/** Read a run's files as they are; a torn last line would throw. */
export async function readRunFiles(directory: string): Promise<RunFiles> {
  const lines = async (name: string): Promise<Line[]> =>
    (await readFile(join(directory, name), "utf8"))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Line);
  return {
    episodes: await lines("episodes.jsonl"),
    metrics: await lines("metrics.jsonl"),
    audit: (await lines("audit.jsonl")) as unknown as RunFiles["audit"],
  };
}

/** Steps that the audit log counts: a rewind takes back those after it. */
export function countedSteps(audit: RunFiles["audit"]): number[] {
  let counted: number[] = [];
  for (const { event, data } of audit) {
    if (event === "step") counted.push(Number(data["step"]));
    if (event === "rewind") counted = counted.filter((step) => step <= Number(data["to"]));
  }
  return counted;
}

function steps(lines: readonly Line[]): number[] {
  return lines.map((one) => Number(one["step"]));
}

function repeats(keys: readonly unknown[]): number {
  return keys.length - new Set(keys).size;
}
