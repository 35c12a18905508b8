import type { StepMetrics } from "../../core/records/metrics.js";

/** Where progress is shown and metrics go, beside the run directory. */
export interface MetricSink {
  step(metrics: StepMetrics): void;
  /** A phase inside a step, for the live line: `done` of `total`, total 0 when unknown. */
  progress(phase: string, done: number, total: number): void;
}

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

/** Numbers the sidecar pushed over the event stream since the last call; empty when nothing arrived or it is lost. */
export interface Telemetry {
  drain(): Readonly<Record<string, number>>;
}
