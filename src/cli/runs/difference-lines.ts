import type { ReplaySummary } from "../../app/runs/replay.js";
import { counted } from "../../core/text/counted.js";

/** Differences that the terminal shows. `--json` has all. */
const SHOWN = 20;

/**
 * The differences of a replay as lines of text: the first 20, and then how many are left out and
 * how to see them. A value that is missing on one side is written as `absent`.
 */
export function differenceLines(differences: ReplaySummary["differences"]): readonly string[] {
  const lines = differences
    .slice(0, SHOWN)
    .map(
      ({ step, slot, path, stored, recomputed }) =>
        `step ${step}, document ${slot}, ${path}: stored ${text(stored)}, recomputed ${text(recomputed)}`,
    );
  const left = differences.length - lines.length;
  if (left === 0) return lines;
  return [...lines, `... and ${counted(left, "more difference")}; --json prints all`];
}

const text = (value: unknown): string => (value === undefined ? "absent" : JSON.stringify(value));
