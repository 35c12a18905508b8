/** Time for durations and file names; results never depend on it. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Wall time, ISO 8601 in UTC with milliseconds. */
  iso(): string;
  /** CPU seconds (user and system) this process has used: the orchestrator's own cost. */
  cpuSeconds(): number;
}
