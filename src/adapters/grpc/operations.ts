import { SpiceError } from "../../app/errors.js";
import { type Operation, OperationState } from "../../gen/spice/trainer/v1/operations.js";
import { withRetry } from "./calls.js";
import { type Clients, TIMEOUT_MS } from "./clients.js";
import { fromStatus, TrainerError } from "./errors.js";

/** The trainer holds a long poll this long. */
const POLL_SECONDS = 30;

const FINAL: ReadonlySet<OperationState> = new Set([
  OperationState.SUCCEEDED,
  OperationState.FAILED,
  OperationState.CANCELLED,
]);

type Result = NonNullable<Operation["result"]>;
/** The result of an operation of one kind, for example `trainStep`. */
export type ResultOf<Case extends Result["$case"]> = Extract<Result, { $case: Case }>["value"];

export interface WaitOptions {
  readonly signal: AbortSignal;
  /** Called at each poll with what the trainer is doing. */
  readonly onProgress?: (phase: string, done: number, total: number) => void;
}

/**
 * Wait until an operation is final and return its result. A dropped connection does not lose it. Aborting the signal asks the
 * trainer to cancel, then rejects; what cannot be interrupted any more (an optimiser update) completes on the trainer's side.
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
    // Best effort: whether it could still be stopped shows when its state is next read.
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

/** The trainer broke the contract. */
export function protocol(what: string): SpiceError {
  return new SpiceError(`The trainer broke the contract: ${what}.`, {
    code: "TRAINER_PROTOCOL",
    boundary: "trainer",
    hint: "Update the trainer to the version of this orchestrator: `spice trainer install`.",
    exit: 3,
  });
}
