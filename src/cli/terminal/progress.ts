import { systemClock } from "../../adapters/clock/system-clock.js";
import { ConsoleSink } from "../../adapters/console/console-sink.js";
import { isLive, type Output } from "./output.js";

/**
 * Phases that a trainer reports, in the words of the progress lines. Other phases keep the
 * trainer's name for them, and the line says so.
 */
const PHASES: Readonly<Record<string, string>> = {
  "resolve model": "loading the model",
  load: "loading the model",
  // The last report of a model that loads.
  ready: "loading the model",
  forward_backward: "training",
  sample: "sampling",
  save: "checkpoint",
  score: "scoring",
  forward: "scoring",
  "start server": "starting the server of the trainer",
  "wait for samples": "waiting for running samples",
};

/**
 * In a log, the longest silence, milliseconds: a line about every 20 seconds, with -v every 10. The
 * timer may be a second late.
 */
const SILENCE_MS = 18_000;
const VERBOSE_SILENCE_MS = 8_000;

/** Progress on stderr, with a line about every 20 seconds in a log. Disposing ends it. */
export function openProgress(output: Output): ConsoleSink {
  const sink = new ConsoleSink({
    stream: process.stderr,
    live: isLive(process.stderr) && !output.quiet,
    quiet: output.quiet,
    clock: systemClock,
    silenceMs: output.verbosity > 0 ? VERBOSE_SILENCE_MS : SILENCE_MS,
  });
  sink.start();
  return sink;
}

/** Shows what a trainer reports. */
export const trainerProgress =
  (sink: ConsoleSink) =>
  (phase: string, done: number, total: number): void =>
    sink.trainerProgress(PHASES[phase] ?? `the trainer reports ${phase}`, done, total);
