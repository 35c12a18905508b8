import { type MemoryPart, mostBytes, totalBytes } from "../../core/trainer/memory-plan.js";
import { EXIT, SpiceError } from "../errors.js";
import type { ModelInfo } from "../ports/trainer.js";

/** Memory that a trainer needs, and memory that is free. */
export interface MemoryFit {
  readonly parts: readonly MemoryPart[];
  /** Bytes needed in any case, and bytes needed when every completion has its longest length. */
  readonly totalBytes: number;
  readonly mostBytes: number;
  readonly availableBytes: number;
  /** Name of the memory, for people: the machine or a device. */
  readonly place: string;
  readonly fits: boolean;
}

/** Compares a memory plan with the free memory. */
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

/** Bytes of a float32 number. Trainers keep weights, gradients and moments in this type. */
const NUMBER_BYTES = 4;
/** A trained number has a gradient and the two moments of AdamW. */
const TRAINED_EXTRA = 3;

/**
 * Bytes for the weights of a model, its gradient and the moments of AdamW, by the numbers that a
 * trainer states about its model. Its caches and activations are not known.
 */
export const leastBytes = ({ parameters, trainableParameters }: ModelSize): number =>
  NUMBER_BYTES * (parameters + TRAINED_EXTRA * trainableParameters);

type ModelSize = Pick<ModelInfo, "parameters" | "trainableParameters">;

/** `12.3 GiB`. */
export const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/**
 * Refuses a configuration that cannot fit, before the model is loaded.
 *
 * @throws SpiceError `MEMORY_TOO_SMALL` (exit 2); the message names the largest parts and how to
 * make them smaller
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
