import { type MemoryPart, mostBytes, totalBytes } from "../../core/trainer/memory-plan.js";
import { EXIT, SpiceError } from "../errors.js";

/** What a trainer would hold, and what there is for it. */
export interface MemoryFit {
  readonly parts: readonly MemoryPart[];
  /** In any case, and when every response is as long as it may be. */
  readonly totalBytes: number;
  readonly mostBytes: number;
  readonly availableBytes: number;
  /** Whose memory it is, for people. */
  readonly place: string;
  readonly fits: boolean;
}

/** Set a plan against the memory that is free. */
export function memoryFit(parts: readonly MemoryPart[], availableBytes: number, place: string): MemoryFit {
  const total = totalBytes(parts);
  return {
    parts,
    totalBytes: total,
    mostBytes: mostBytes(parts),
    availableBytes,
    place,
    fits: total <= availableBytes,
  };
}

/** `12.3 GiB`. */
export const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/**
 * Refuse what cannot fit, before anything is loaded.
 *
 * @throws SpiceError `MEMORY_TOO_SMALL` (exit 2) naming the largest parts and what would make them
 * smaller
 */
export function requireFit({ parts, totalBytes: total, availableBytes, place, fits }: MemoryFit): void {
  if (fits) return;
  const largest = [...parts].sort((one, other) => other.bytes - one.bytes).slice(0, 4);
  throw new SpiceError(
    `The trainer would need about ${gib(total)} of memory; ${place} has ${gib(availableBytes)} free.\n${largest
      .map((part) => `  ${part.name}: ${gib(part.bytes)}`)
      .join("\n")}`,
    {
      code: "MEMORY_TOO_SMALL",
      boundary: "config",
      where: "model, trainer",
      hint: "Train adapters (model.lora.rank=16), choose a smaller model or model.maxContextTokens, lower the trainer's own sizes (trainer.engine), or use a trainer that shards weights over more machines.",
      exit: EXIT.usage,
    },
  );
}
