import type { Clock } from "../../app/ports/clock.js";
import type { MetricSink } from "../../app/ports/output.js";
import type { StepMetrics } from "../../core/records/metrics.js";
import { duration, stepLine } from "./step-line.js";

/** Where and how progress is shown. */
export interface ConsoleSinkOptions {
  /** Normally stderr: stdout is data. */
  readonly stream: NodeJS.WriteStream;
  /** Rewrite one line with the present phase. Without it: plain lines, as a log needs them. */
  readonly live: boolean;
  /** Show nothing at all. */
  readonly quiet: boolean;
  readonly clock: Clock;
}

/**
 * In a log, a phase that takes long is reported at its start and at each quarter. Other phases are
 * not.
 */
const LONG_PHASES: ReadonlySet<string> = new Set([
  "preparing the run",
  "starting the trainer",
  "loading the model",
  "warm start",
]);

/**
 * In a log, the longest time without a line, milliseconds. A line a minute is promised; the timer
 * may be late.
 */
const SILENCE_MS = 55_000;
/** How often the sink looks at the clock, milliseconds. */
const TICK_MS = 1000;

/** What the run does at the moment. */
interface Phase {
  readonly name: string;
  /** Name and progress: `training 3/64`. */
  readonly text: string;
  /** When the phase began, or when it was complete. Milliseconds of the clock. */
  readonly since: number;
  readonly complete: boolean;
}

/**
 * Shows a run to people. One line for each step stays. On a terminal, a live line below it shows
 * the present phase. In a log, long phases have lines of their own, and there is a line at least
 * once a minute.
 */
export class ConsoleSink implements MetricSink, Disposable {
  #shown = "";
  #seconds = 0;
  #steps = 0;
  #totalSteps = 0;
  #phase: Phase | null = null;
  #lastLine: number;
  #timer: NodeJS.Timeout | null = null;
  readonly #quarters = new Map<string, number>();

  constructor(private readonly options: ConsoleSinkOptions) {
    this.#lastLine = options.clock.now();
  }

  /**
   * Look at the clock every second until the sink is disposed. The timer does not keep the process
   * alive.
   */
  start(): void {
    this.#timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  /** @param steps steps of the whole run, for the lines of the steps */
  expect(steps: number): void {
    this.#totalSteps = steps;
  }

  step(metrics: StepMetrics): void {
    this.#steps += 1;
    this.#seconds += Number(metrics["seconds_step"] ?? 0);
    this.#print(stepLine(metrics, this.#totalSteps, this.#seconds / this.#steps));
    const text = `step ${metrics.step}`;
    this.#phase = { name: text, text, since: this.options.clock.now(), complete: true };
  }

  progress(phase: string, done: number, total: number): void {
    const text = total > 0 ? `${phase} ${done}/${total}` : phase;
    this.#phase = this.#next(phase, text, total > 0 && done >= total);
    if (this.options.live) {
      this.#rewrite(`  ${this.#bar(done, total)} ${text}`);
      return;
    }
    if (!LONG_PHASES.has(phase)) return;
    const quarter = total > 0 ? Math.floor((done / total) * 4) : 0;
    if (quarter <= (this.#quarters.get(phase) ?? -1)) return;
    this.#quarters.set(phase, quarter);
    this.#print(text);
  }

  /** In a log: say what goes on when nothing was said for almost a minute. Called by the timer. */
  tick(): void {
    const now = this.options.clock.now();
    if (this.options.live || this.#phase === null || now - this.#lastLine < SILENCE_MS) return;
    const { text, since, complete } = this.#phase;
    const passed = duration((now - since) / 1000);
    this.#print(complete ? `at work, ${passed} after ${text}` : `${text}, for ${passed}`);
  }

  /** A line that stays, above the live one. */
  line(text: string): void {
    this.#print(text);
  }

  /** Remove the live line. Nothing goes on from here until the next report. */
  clear(): void {
    this.#phase = null;
    this.#rewrite("");
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.clear();
  }

  #next(name: string, text: string, complete: boolean): Phase {
    const before = this.#phase;
    const same = before !== null && before.name === name && before.complete === complete;
    return { name, text, complete, since: same ? before.since : this.options.clock.now() };
  }

  #bar(done: number, total: number): string {
    const filled = total > 0 ? Math.round((done / total) * 12) : 0;
    return `${"━".repeat(filled)}${"┄".repeat(12 - filled)}`;
  }

  #print(text: string): void {
    this.#lastLine = this.options.clock.now();
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
