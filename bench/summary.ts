import type { LaneResult } from "./interleave.js";
import { median } from "./interleave.js";

/** Summary at the end of every bench; `--json` prints it as the last line. */
export interface Summary {
  readonly bench: string;
  readonly dtype: string;
  /** Median seconds of the peer divided by the median of this project. */
  readonly speedup: number;
  /** The same ratio of the fastest turns, for a machine that is not idle. */
  readonly speedupOfFastest: number;
  /** Peak resident memory of this project divided by that of the peer. */
  readonly memoryRatio: number;
  readonly usefulTokensPerSecond: number;
  /**
   * Useful arithmetic divided by the arithmetic that the measured matrix-product rate allows in the
   * same time.
   */
  readonly gemmShare: number;
  readonly gemmGflopsPerSecond: number;
  readonly lanes: readonly {
    name: string;
    medianSeconds: number;
    fastestSeconds: number;
    spread: number;
    peakRssGb: number;
  }[];
  readonly machine: string;
  readonly versions: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Other measurements, and reasons of missing rows. */
  readonly notes: readonly string[];
}

export interface SummaryInput {
  readonly bench: string;
  readonly ours: LaneResult;
  readonly peer: LaneResult;
  /** Prompt tokens counted once, plus completion tokens. The number is the same for both sides. */
  readonly usefulTokens: number;
  readonly machine: string;
  readonly notes: readonly string[];
}

/** Compares two lanes. */
export function summarize({ bench, ours, peer, usefulTokens, machine, notes }: SummaryInput): Summary {
  const gemm = median(ours.turns.map((turn) => turn["gemmFlopsPerSecond"] ?? Number.NaN));
  return {
    bench,
    dtype: ours.facts.dtype ?? "float32",
    speedup: peer.medianSeconds / ours.medianSeconds,
    speedupOfFastest: peer.fastestSeconds / ours.fastestSeconds,
    memoryRatio: ours.peakRssBytes / peer.peakRssBytes,
    usefulTokensPerSecond: usefulTokens / ours.medianSeconds,
    gemmShare: (ours.facts.flops ?? Number.NaN) / ours.medianSeconds / gemm,
    gemmGflopsPerSecond: gemm / 1e9,
    lanes: [ours, peer].map(({ name, medianSeconds, fastestSeconds, spread, peakRssBytes }) => ({
      name,
      medianSeconds,
      fastestSeconds,
      spread,
      peakRssGb: peakRssBytes / 2 ** 30,
    })),
    machine,
    versions: Object.fromEntries([ours, peer].map((lane) => [lane.name, lane.facts.versions ?? {}])),
    notes,
  };
}

/** Returns the summary for people. */
export function renderSummary(one: Summary): string {
  const rows = one.lanes.map(
    (lane) =>
      `  ${lane.name.padEnd(24)} ${lane.medianSeconds.toFixed(2).padStart(8)} s   slowest/fastest ${lane.spread.toFixed(2)}   ` +
      `peak ${lane.peakRssGb.toFixed(2)} GB`,
  );
  const facts = [
    `speed-up ${one.speedup.toFixed(2)}x (fastest turns ${one.speedupOfFastest.toFixed(2)}x)`,
    `memory ${one.memoryRatio.toFixed(2)} of the peer's`,
    `${one.usefulTokensPerSecond.toFixed(0)} useful tokens/s`,
    `${(100 * one.gemmShare).toFixed(0)} % of ${one.gemmGflopsPerSecond.toFixed(0)} GFLOP/s`,
  ];
  return [
    `${one.bench}, ${one.dtype} (${one.machine})`,
    ...rows,
    `  ${facts.join(", ")}`,
    ...one.notes.map((note) => `  ${note}`),
  ].join("\n");
}
