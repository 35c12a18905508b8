import type { Lane, LaneFacts, Turn } from "./lane.js";

/** Turns of one lane, without the warm-up. */
export interface LaneResult {
  readonly name: string;
  readonly facts: LaneFacts;
  readonly warmup: Turn;
  readonly turns: readonly Turn[];
  readonly medianSeconds: number;
  /** Seconds of the fastest turn, which other programs disturbed least. */
  readonly fastestSeconds: number;
  /** Slowest turn divided by fastest turn. It shows how reliable the median is. */
  readonly spread: number;
  readonly peakRssBytes: number;
}

/**
 * Order A B A B ...: every lane takes its turn before any lane takes the next, so that a slow
 * minute of the machine affects all lanes. The first round is a warm-up and does not count.
 */
export async function interleave(
  lanes: readonly Lane[],
  turns: number,
  onTurn: (line: string) => void,
): Promise<LaneResult[]> {
  const taken = lanes.map((): Turn[] => []);
  for (let round = 0; round <= turns; round += 1) {
    for (const [index, lane] of lanes.entries()) {
      const turn = await lane.takeTurn();
      taken[index]?.push(turn);
      onTurn(
        `${lane.name.padEnd(24)} ${round === 0 ? "warm-up" : `turn ${round} `} ${turn.seconds.toFixed(2)} s`,
      );
    }
  }
  return lanes.map((lane, index) => summarize(lane, taken[index] ?? []));
}

function summarize(lane: Lane, all: readonly Turn[]): LaneResult {
  const [warmup, ...turns] = all;
  if (warmup === undefined || turns.length === 0) throw new Error("a bench needs at least one counted turn");
  const seconds = turns.map((turn) => turn.seconds);
  return {
    name: lane.name,
    facts: lane.facts,
    warmup,
    turns,
    medianSeconds: median(seconds),
    fastestSeconds: Math.min(...seconds),
    spread: Math.max(...seconds) / Math.min(...seconds),
    peakRssBytes: Math.max(...all.map((turn) => turn.peakRssBytes)),
  };
}

/** Returns the middle value, or the mean of the two middle values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
