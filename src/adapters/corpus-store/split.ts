import { createHash } from "node:crypto";
import type { Split } from "../../core/records/document.js";

/** Shares of split keys set aside; the rest is self-play. Each from 0 to 1, together at most 1. */
export interface SplitShares {
  readonly warmupShare: number;
  readonly evalShare: number;
}

/** Part of the hash, so that it can be changed should splits ever have to move. */
const KEY = "spice split 1\n";

/** A split key's place among all keys: depends on the key alone, so documents never change sides when others are added. */
export function splitPlace(splitKey: string): bigint {
  return createHash("sha256").update(KEY).update(splitKey).digest().readBigUInt64LE(0);
}

/** Evaluation takes the lowest places and the warm start the next ones: changing one share leaves evaluation documents held out. */
export function splitAt(place: bigint, { warmupShare, evalShare }: SplitShares): Split {
  const position = Number(place >> 11n) / 2 ** 53;
  if (position < evalShare) return "eval";
  return position < evalShare + warmupShare ? "warmup" : "selfplay";
}
