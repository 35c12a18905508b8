import { BatchStore } from "../../adapters/runs/batch-store.js";
import { runPaths } from "../../adapters/runs/layout.js";
import { EXIT, SpiceError } from "../../app/errors.js";
import type { RecordedBatch } from "../../app/ports/runs.js";
import type { TrainBatch } from "../../app/ports/trainer.js";

/**
 * The batch that a step of a run trained on.
 *
 * @throws SpiceError `BATCH_NOT_FOUND` (exit 2) when the batch was not kept, or the step trained
 *   nothing
 */
export async function recordedBatch(
  directory: string,
  step: number,
): Promise<{ readonly batch: TrainBatch; readonly optim: RecordedBatch["optim"] }> {
  const recorded = await new BatchStore(runPaths(directory)).recorded(step);
  if (recorded !== null && recorded.batch !== null) return { batch: recorded.batch, optim: recorded.optim };
  throw new SpiceError(
    recorded === null ? `Step ${step} has no recorded batch.` : `Step ${step} trained nothing.`,
    {
      code: "BATCH_NOT_FOUND",
      boundary: "store",
      where: runPaths(directory).batches,
      hint: "Choose another --step; `run.keepBatches: all` keeps the batches of every step.",
      exit: EXIT.usage,
    },
  );
}
