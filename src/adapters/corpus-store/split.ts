import { createHash } from "node:crypto";
import type { Split } from "../../core/records/document.js";

/**
 * Shares of the split keys for warm start and evaluation, each from 0 to 1, together at most 1. The
 * remaining keys are for self-play.
 */
export interface SplitShares {
  readonly warmupShare: number;
  readonly evalShare: number;
}

/** Part of the hash. A new value would assign all documents to new splits. */
const KEY = "spice split 1\n";

/**
 * Place of a split key among all keys. It depends on the key alone, so that new documents never
 * move other documents to another split.
 */
export function splitPlace(splitKey: string): bigint {
  return createHash("sha256").update(KEY).update(splitKey).digest().readBigUInt64LE(0);
}

/**
 * The split at a place. Evaluation has the lowest places and the warm start has the next places, so
 * that a change of the warm-start share does not change the evaluation documents.
 */
export function splitAt(place: bigint, { warmupShare, evalShare }: SplitShares): Split {
  const position = Number(place >> 11n) / 2 ** 53;
  if (position < evalShare) return "eval";
  return position < evalShare + warmupShare ? "warmup" : "selfplay";
}
