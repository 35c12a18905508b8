/** Time for durations and file names. Results never depend on the clock. */
export interface Clock {
  /** Milliseconds since an arbitrary start. Never goes back. */
  now(): number;
  /** The time of day, ISO 8601 in UTC with milliseconds. */
  iso(): string;
  /** CPU seconds, user and system, that this process has used. */
  cpuSeconds(): number;
}
