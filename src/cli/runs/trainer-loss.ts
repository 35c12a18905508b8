import { SpiceError } from "../../app/errors.js";

/**
 * Error codes that mean: the trainer's process, its connection or its session ended. The work
 * itself was not wrong.
 */
const LOST = new Set([
  "SIDECAR_EXITED",
  "TRAINER_UNREACHABLE",
  "TRAINER_UNAVAILABLE",
  "TRAINER_SHUTTING_DOWN",
  "TRAINER_SESSION_UNKNOWN",
  "TRAINER_EPOCH_STALE",
  "TRAINER_LEASE_EXPIRED",
  // A process with weights ended. The trainer still answers, but it cannot work any more.
  "TRAINER_WORKER_DIED",
  "TRAINER_SERVER_DIED",
]);

/**
 * First pause before a trainer is started again, milliseconds. Each further pause in a row is twice
 * as long.
 */
const FIRST_PAUSE_MS = 500;

/**
 * Decides whether a run goes on after its trainer was lost. The number of restarts without a
 * committed step in between is bounded.
 */
export class RestartPolicy {
  #inRow = 0;
  #committed = -1;

  /** Restarts in a row without a committed step, with the one that is due. */
  get inRow(): number {
    return this.#inRow;
  }

  /** @param most restarts in a row without a committed step; 0 for none */
  constructor(private readonly most: number) {}

  /**
   * Milliseconds to wait before the trainer is started again. Null when the error is not a loss of
   * the trainer, or when there were too many losses.
   *
   * @param committed last committed step of the run
   */
  pauseAfter(error: unknown, committed: number): number | null {
    if (!(error instanceof SpiceError) || !LOST.has(error.code)) return null;
    this.#inRow = committed > this.#committed ? 1 : this.#inRow + 1;
    this.#committed = committed;
    return this.#inRow > this.most ? null : FIRST_PAUSE_MS * 2 ** (this.#inRow - 1);
  }
}
