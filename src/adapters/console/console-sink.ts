import type { Clock } from "../../app/ports/clock.js";
import type { MetricSink } from "../../app/ports/output.js";
import type { StepMetrics } from "../../core/records/metrics.js";
import { duration, stepLine } from "./step-line.js";

/** Options of a `ConsoleSink`. */
export interface ConsoleSinkOptions {
  /** Stream for the lines, normally stderr, because stdout is for data. */
  readonly stream: NodeJS.WriteStream;
  /** True to rewrite one line with the present phase. False for plain lines, as in a log. */
  readonly live: boolean;
  /** True to show nothing. */
  readonly quiet: boolean;
  readonly clock: Clock;
  /** Longest time without a line in a log, in milliseconds. The timer may be a second late. */
  readonly silenceMs: number;
}

/**
 * Phases that take long. In a log, they are reported at their start and at each quarter. Other
 * phases are not reported.
 */
const LONG_PHASES: ReadonlySet<string> = new Set([
  "preparing the run",
  "starting the trainer",
  "loading the model",
  "measuring a step",
  "warm start",
]);

/**
 * Phases that consist of many pieces of work. The report of a piece is shown behind the phase,
 * because alone it does not say which work goes on.
 */
const PHASES_OF_PIECES: ReadonlySet<string> = new Set(["measuring a step", "warm start", "recorded steps"]);

/** Interval at which the sink reads the clock, in milliseconds. */
const TICK_MS = 1000;

/** The present phase of a run. */
interface Phase {
  readonly name: string;
  /** Name and progress, for example `training 3/64`. */
  readonly text: string;
  /** Time at which the phase began, or at which it was complete, in milliseconds of the clock. */
  readonly since: number;
  readonly complete: boolean;
}

/**
 * Shows the progress of a run to people. The line of each step stays. On a terminal, a live line
 * below it shows the present phase. In a log, long phases have their own lines, and no time without
 * a line is longer than `silenceMs`.
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

  /** Reads the clock every second until disposal. The timer does not keep the process running. */
  start(): void {
    this.#timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  /** Sets the number of steps of the whole run, for the lines of the steps. */
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

  progress(phase: string, done: number, total: number, note?: string): void {
    const counted = total > 0 ? `${phase} ${done}/${total}` : phase;
    const text = note === undefined ? counted : `${counted}, ${note}`;
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

  /** Progress that the trainer reports: a phase, or a piece of the present phase of the run. */
  trainerProgress(phase: string, done: number, total: number): void {
    const outer = this.#phase;
    if (outer === null || outer.complete || !PHASES_OF_PIECES.has(outer.name)) {
      this.progress(phase, done, total);
      return;
    }
    const [whole = ""] = outer.text.split(": ", 1);
    this.#phase = { ...outer, text: `${whole}: ${phase}${total > 0 ? ` ${done}/${total}` : ""}` };
    if (this.options.live) this.#rewrite(`  ${this.#bar(done, total)} ${this.#phase.text}`);
  }

  /** Writes a line to a log when there was no line for too long. The timer calls this method. */
  tick(): void {
    const { live, clock, silenceMs } = this.options;
    const now = clock.now();
    if (live || this.#phase === null || now - this.#lastLine < silenceMs) return;
    const { text, since, complete } = this.#phase;
    const seconds = (now - since) / 1000;
    const passed = duration(seconds);
    if (complete) this.#print(`${text} is done. Other work goes on for ${passed}.`);
    else this.#print(seconds < 1 ? text : `${text}, for ${passed}`);
  }

  /** Writes a line that stays, above the live line. */
  line(text: string): void {
    this.#print(text);
  }

  /** Long phases are reported again from their start: the trainer was started again. */
  restart(): void {
    this.#quarters.clear();
  }

  /** Removes the live line. There is no present phase until the next report. */
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
