import { SpiceError } from "../../app/errors.js";

/** What it looks like when the trainer's process, its connection or the session with it is gone, not the work wrong. */
const LOST = new Set([
  "SIDECAR_EXITED",
  "TRAINER_UNREACHABLE",
  "TRAINER_UNAVAILABLE",
  "TRAINER_SHUTTING_DOWN",
  "TRAINER_SESSION_UNKNOWN",
  "TRAINER_EPOCH_STALE",
  "TRAINER_LEASE_EXPIRED",
  // A process that held weights ended: the trainer lives, but is of no use any more.
  "TRAINER_WORKER_DIED",
  "TRAINER_SERVER_DIED",
]);

/** First pause before a trainer is started again, milliseconds; each further one in a row is twice as long. */
const FIRST_PAUSE_MS = 500;

/** Decides whether a run goes on after its trainer was lost: a bounded number of times without a step in between. */
export class RestartPolicy {
  #inRow = 0;
  #committed = -1;

  /** @param most restarts in a row without a committed step; 0 for none */
  constructor(private readonly most: number) {}

  /**
   * Milliseconds to wait before the trainer is started again; null when the failure is another one, or it happened too often.
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
