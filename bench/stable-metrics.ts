/**
 * Metrics fields that depend on the clock, the machine or the event stream (docs/run-format.md).
 */
const VARYING = [/^seconds_/, /^orchestrator_cpu_/, /^trainer_peak_memory_bytes$/, /^trainer\./];

/**
 * Returns the metrics of a step without fields that differ between two runs of the same experiment.
 */
export function stableMetrics(metrics: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metrics).filter(([name]) => !VARYING.some((pattern) => pattern.test(name))),
  );
}
