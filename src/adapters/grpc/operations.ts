import { SpiceError } from "../../app/errors.js";
import { type Operation, OperationState } from "../../gen/spice/trainer/v1/operations.js";
import { withRetry } from "./calls.js";
import { type Clients, TIMEOUT_MS } from "./clients.js";
import { fromStatus, TrainerError } from "./errors.js";

/** Seconds after which the trainer answers a long poll. */
const POLL_SECONDS = 30;

const FINAL: ReadonlySet<OperationState> = new Set([
  OperationState.SUCCEEDED,
  OperationState.FAILED,
  OperationState.CANCELLED,
]);

type Result = NonNullable<Operation["result"]>;
/** The result of an operation of one kind, for example `trainStep`. */
export type ResultOf<Case extends Result["$case"]> = Extract<Result, { $case: Case }>["value"];

/** Options of `resultOf`. */
export interface WaitOptions {
  readonly signal: AbortSignal;
  /** Called at each poll with the phase of the trainer. */
  readonly onProgress?: (phase: string, done: number, total: number) => void;
}

/**
 * Waits until an operation is final and returns its result. A lost connection does not lose the
 * operation. When the signal aborts, the function asks the trainer to cancel the operation and then
 * rejects. Work that cannot be interrupted, such as an optimizer update, is completed by the
 * trainer.
 *
 * @throws TrainerError when the operation failed, SpiceError `TRAINER_PROTOCOL` (exit 3)
 */
export async function resultOf<Case extends Result["$case"]>(
  clients: Clients,
  started: Operation | undefined,
  kind: Case,
  { signal, onProgress }: WaitOptions,
): Promise<ResultOf<Case>> {
  if (started === undefined) throw protocol(`a call that returns ${kind} returned no operation`);
  let operation = started;
  const { operationId } = started;
  try {
    while (!FINAL.has(operation.state)) {
      signal.throwIfAborted();
      const waited = await withRetry(
        () =>
          clients.operations.wait(
            { operationId, timeoutSeconds: POLL_SECONDS },
            { timeoutMs: TIMEOUT_MS.wait, signal },
          ),
        signal,
      );
      if (waited.operation === undefined) throw protocol("Wait returned no operation");
      operation = waited.operation;
      const { progress } = operation;
      if (progress !== undefined) onProgress?.(progress.phase, progress.done, progress.total);
    }
  } catch (error) {
    // The operation may already be past the point where it can be cancelled. The next read of its
    // state shows this.
    if (signal.aborted)
      await clients.operations.cancel({ operationId }, { timeoutMs: TIMEOUT_MS.read }).catch(() => undefined);
    throw error;
  }
  const { result, method } = operation;
  if (result?.$case === "error") throw new TrainerError(fromStatus(result.value), method);
  if (result?.$case !== kind)
    throw protocol(`${method} ended with ${result?.$case ?? "nothing"} instead of ${kind}`);
  return result.value as ResultOf<Case>;
}

/** The error for an answer that breaks the contract: `TRAINER_PROTOCOL` (exit 3). */
export function protocol(what: string): SpiceError {
  return new SpiceError(`The trainer broke the contract: ${what}.`, {
    code: "TRAINER_PROTOCOL",
    boundary: "trainer",
    hint: "Update the trainer to the version of this orchestrator: `spice trainer install`.",
    exit: 3,
  });
}
