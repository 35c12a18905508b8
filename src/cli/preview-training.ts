import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../adapters/clock/system-clock.js";
import { duration } from "../adapters/sinks/step-line.js";
import { type DryRunReport, dryRun } from "../app/dry-run.js";
import type { Logger } from "../app/ports.js";
import type { Prompt } from "../core/chat.js";
import type { Experiment } from "../core/experiment.js";
import { composeCorpus, composeTrainer } from "./compose.js";
import { type Output, table } from "./output.js";
import type { Command } from "./perform.js";
import { interceptSignals } from "./signals.js";

/** A logger for commands that keep no log file. */
export const NO_LOG: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** `spice train --dry-run`: everything up to the first sample, and an estimate of the rest. Leaves nothing behind. */
export async function previewTraining(experiment: Experiment, { output }: Command): Promise<undefined> {
  using signals = interceptSignals(output, false);
  const corpus = await composeCorpus(experiment);
  const scratch = await mkdtemp(join(tmpdir(), "spice-dry-run-"));
  try {
    await using composed = await composeTrainer(experiment, {
      output,
      logger: NO_LOG,
      logPath: join(scratch, "trainer.log"),
      checkpointRoot: null,
      clientName: "spice dry run",
      signal: signals.signal,
      onProgress: () => undefined,
    });
    const { trainer } = composed;
    const report = await dryRun({ experiment, trainer, corpus, clock: systemClock, signal: signals.signal });
    output.document("spice.dry-run/1", { ...report, model: trainer.model });
    show(report, experiment, output);
    output.next("spice train");
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return undefined;
}

function show(report: DryRunReport, experiment: Experiment, output: Output): void {
  for (const { role, prompt, tokens } of report.prompts) {
    output.text(`${output.out("bold", `${role} prompt`)}, ${tokens} tokens\n${indent(promptText(prompt))}\n`);
  }
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
  const memory = Object.entries(report.memoryBytes).map(([part, bytes]) => [part, gib(bytes)]);
  const total = Object.values(report.memoryBytes).reduce((sum, bytes) => sum + bytes, 0);
  output.text(output.out("bold", "Upper bounds, a step"));
  output.text(
    table([
      ["prompt tokens", String(report.promptTokensPerStep)],
      ["sampled tokens", String(report.sampledTokensPerStep)],
      ["trained tokens", String(report.trainedTokensPerStep)],
      ["time", duration(report.secondsPerStep)],
      [`time, ${experiment.steps} steps`, duration(report.secondsTotal)],
    ]),
  );
  output.text(
    `\n${output.out("bold", "Memory of the trainer, without activations")}\n${table([...memory, ["together", gib(total)]])}`,
  );
}

/** A prompt as people read it. */
export function promptText(prompt: Prompt): string {
  if (prompt.kind === "text") return prompt.text;
  return prompt.messages.map(({ role, content }) => `[${role}]\n${content}`).join("\n");
}

export const indent = (text: string): string => text.replaceAll(/^/gm, "  │ ");
