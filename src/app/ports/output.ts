import type { StepMetrics } from "../../core/records/metrics.js";

/** Receives progress and metrics while a run is running. The run directory is written elsewhere. */
export interface MetricSink {
  /** Called once for each committed step. */
  step(metrics: StepMetrics): void;
  /**
   * A phase inside a step: `done` of `total`. `total` is 0 when it is unknown. `note` is shown
   * behind it, for example `loss 2.10`.
   */
  progress(phase: string, done: number, total: number, note?: string): void;
}

/** Log lines with structured data. Secrets must not be in `message` or `data`. */
export interface Logger {
  debug(message: string, data?: Readonly<Record<string, unknown>>): void;
  info(message: string, data?: Readonly<Record<string, unknown>>): void;
  warn(message: string, data?: Readonly<Record<string, unknown>>): void;
  error(message: string, data?: Readonly<Record<string, unknown>>): void;
}

/** A logger that keeps nothing, for work without a log file. */
export const NO_LOG: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Numbers that the trainer sends over the event stream. The stream may lose messages. */
export interface Telemetry {
  /**
   * Numbers of the work since the last call; empty when none arrived. `last` names the work that
   * ended last, such as `publish`: the call waits shortly for its numbers, because they can arrive
   * after the answer of the trainer. Numbers that arrive later still are left out: the next call
   * does not report them.
   */
  drain(last: string | null, signal: AbortSignal): Promise<Readonly<Record<string, number>>>;
}
