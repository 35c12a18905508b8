import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stableMetrics } from "../stable-metrics.js";

/** Common and different parts of two runs of one experiment. */
export interface Comparison {
  /** Number of steps of the undisturbed run that the other run does not have. */
  readonly stepsLost: number;
  /** Number of steps that count more than once, in episodes, metrics or the audit log. */
  readonly stepsDoubled: number;
  readonly episodesEqual: boolean;
  /**
   * Whether all numbers are equal, except times, memory and values of the event stream
   * (stable-metrics.ts).
   */
  readonly metricsEqual: boolean;
  /** Whether the weights after every step are equal. */
  readonly digestsEqual: boolean;
}

/** Files that are read from a run directory. */
export interface RunFiles {
  readonly episodes: readonly Line[];
  readonly metrics: readonly Line[];
  readonly audit: readonly { readonly event: string; readonly data: Line }[];
}

type Line = Readonly<Record<string, unknown>>;

/** Compares a disturbed run with the undisturbed run. */
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

/** Reads the files of a run. Throws on an incomplete last line. */
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

/** Returns the steps that count in the audit log. A rewind removes the steps after it. */
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
