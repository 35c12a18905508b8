import type { MetricSink } from "../../app/ports/output.js";
import type { StepMetrics } from "../../core/records/metrics.js";
import { stepLine } from "./step-line.js";

export interface ConsoleSinkOptions {
  /** Normally stderr: stdout is data. */
  readonly stream: NodeJS.WriteStream;
  /** Rewrite one line with what is going on. Without it, one plain line a step and one a phase that takes long. */
  readonly live: boolean;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Show nothing at all. */
  readonly quiet: boolean;
}

/** Shows a run: one line a step stays, and on a terminal a live line below it says what is happening now. */
export class ConsoleSink implements MetricSink {
  #shown = "";
  #seconds = 0;
  #steps = 0;
  readonly #quarters = new Map<string, number>();

  constructor(private readonly options: ConsoleSinkOptions) {}

  step(metrics: StepMetrics): void {
    this.#steps += 1;
    this.#seconds += Number(metrics["seconds_step"] ?? 0);
    this.#print(stepLine(metrics, this.options.steps, this.#seconds / this.#steps));
  }

  progress(phase: string, done: number, total: number): void {
    const text = total > 0 ? `${phase} ${done}/${total}` : phase;
    if (this.options.live) {
      this.#rewrite(`  ${this.#bar(done, total)} ${text}`);
      return;
    }
    // In a log, a long phase says where it is four times, a short one not at all.
    if (!LONG_PHASES.has(phase)) return;
    const quarter = total > 0 ? Math.floor((done / total) * 4) : 0;
    if (quarter <= (this.#quarters.get(phase) ?? -1)) return;
    this.#quarters.set(phase, quarter);
    this.#print(text);
  }

  /** A line that stays, above the live one. */
  line(text: string): void {
    this.#print(text);
  }

  /** Take the live line away. */
  clear(): void {
    this.#rewrite("");
  }

  #bar(done: number, total: number): string {
    const filled = total > 0 ? Math.round((done / total) * 12) : 0;
    return `${"━".repeat(filled)}${"┄".repeat(12 - filled)}`;
  }

  #print(text: string): void {
    if (this.options.quiet) return;
    const shown = this.#shown;
    this.#rewrite("");
    this.options.stream.write(`${text}\n`);
    this.#rewrite(shown);
  }

  #rewrite(text: string): void {
    if (!this.options.live || text === this.#shown) return;
    const width = this.options.stream.columns ?? 80;
    this.options.stream.write(`\r\u001b[2K${text.slice(0, width - 1)}`);
    this.#shown = text;
  }
}

const LONG_PHASES: ReadonlySet<string> = new Set(["warm start", "loading the model"]);
