import { chart, rises, type Series, type Trend, trendOf } from "./figures.js";
import type { SoakedRun, StepSample } from "./run.js";

/**
 * Share of steps that warm caches and the allocator: shown in the charts, excluded from the trends.
 */
const WARM_UP = 0.2;
/** A rise over the whole run below this share is not reported. */
const TOLERANCE = { memory: 0.05, cpu: 0.15 } as const;

/** Results of one run. */
export interface Soak {
  readonly scenario: string;
  readonly steps: number;
  /** Number of tokens trained over the whole run. */
  readonly trainedTokens: number;
  readonly memorySlopeKiBPerStep: { readonly orchestrator: number; readonly trainer: number };
  readonly descriptorsDelta: { readonly orchestrator: number; readonly trainer: number };
  /**
   * Last tenth divided by first tenth, after warm-up: wall time of a step, and processor time of
   * both processes.
   */
  readonly latencyRatio: number;
  readonly cpuRatio: number;
  readonly flat: boolean;
}

/** Evaluates a run and makes its charts. */
export function judge(scenario: string, { samples, trained }: SoakedRun): { soak: Soak; text: string } {
  const figures = {
    "orchestrator RSS, KiB": samples.map((one) => one.orchestrator.rssKiB),
    "trainer RSS, KiB": samples.map((one) => one.trainer.rssKiB),
    "orchestrator descriptors": samples.map((one) => one.orchestrator.descriptors),
    "trainer descriptors": samples.map((one) => one.trainer.descriptors),
    "step, s": samples.map((one) => one.seconds),
    "CPU of a step, both, s": cpuPerStep(samples),
  } as const;
  const trends = Object.fromEntries(
    Object.entries(figures).map(([name, series]) => [name, trendOf(settled(series))]),
  ) as Record<keyof typeof figures, Trend>;
  const steps = Math.round(samples.length * (1 - WARM_UP));
  const step = trends["step, s"];
  const cpu = trends["CPU of a step, both, s"];
  const verdicts: Record<keyof typeof figures, boolean> = {
    "orchestrator RSS, KiB": rises(trends["orchestrator RSS, KiB"], steps, TOLERANCE.memory),
    "trainer RSS, KiB": rises(trends["trainer RSS, KiB"], steps, TOLERANCE.memory),
    "orchestrator descriptors": rises(trends["orchestrator descriptors"], steps, 0),
    "trainer descriptors": rises(trends["trainer descriptors"], steps, 0),
    // Other programs lengthen the wall time of a step, but not its processor time. A step is slower
    // when both rise.
    "step, s": rises(step, steps, TOLERANCE.cpu) && rises(cpu, steps, TOLERANCE.cpu),
    "CPU of a step, both, s": rises(cpu, steps, TOLERANCE.cpu),
  };
  const rows = (Object.keys(figures) as (keyof typeof figures)[]).map((name) =>
    row(name, figures[name], trends[name], verdicts[name]),
  );
  const delta = ({ first, last }: Trend) => last - first;
  const soak: Soak = {
    scenario,
    steps: samples.length,
    trainedTokens: trained.trainedTokens,
    memorySlopeKiBPerStep: {
      orchestrator: trends["orchestrator RSS, KiB"].slope,
      trainer: trends["trainer RSS, KiB"].slope,
    },
    descriptorsDelta: {
      orchestrator: delta(trends["orchestrator descriptors"]),
      trainer: delta(trends["trainer descriptors"]),
    },
    latencyRatio: step.last / step.first,
    cpuRatio: cpu.last / cpu.first,
    flat: !Object.values(verdicts).includes(true),
  };
  const head = `${scenario}: ${samples.length} steps, ${trained.trainedTokens} trained tokens; first and last tenth and slope after the first ${WARM_UP * 100} %`;
  return { soak, text: [head, ...rows, `  verdict: ${soak.flat ? "flat" : "RISING"}`].join("\n") };
}

const settled = (series: Series): Series => series.slice(Math.round(series.length * WARM_UP));

function cpuPerStep(samples: readonly StepSample[]): number[] {
  const used = samples.map((one) => one.orchestrator.cpuSeconds + one.trainer.cpuSeconds);
  return used.map((seconds, index) => seconds - (used[index - 1] ?? seconds));
}

function row(name: string, series: Series, { first, last, slope, margin }: Trend, rising: boolean): string {
  const digits = first >= 100 ? 0 : 3;
  const numbers = `${first.toFixed(digits).padStart(9)} -> ${last.toFixed(digits).padStart(9)}`;
  const perStep = `${slope.toExponential(1)} ± ${margin.toExponential(1)} a step`;
  return `  ${name.padEnd(25)}${numbers}  ${perStep.padEnd(27)} ${rising ? "RISING" : "flat"}\n    ${chart(series)}`;
}
