import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../adapters/clock/system-clock.js";
import { duration } from "../../adapters/console/step-line.js";
import type { Logger } from "../../app/ports/output.js";
import { type DryRunReport, dryRun } from "../../app/trainer/dry-run.js";
import { gib, type MemoryFit, requireFit } from "../../app/trainer/memory-fit.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { Prompt } from "../../core/records/prompt.js";
import { composeCorpus, composeTrainer } from "../compose/compose.js";
import { type Output, table } from "../terminal/output.js";
import type { Command } from "../terminal/perform.js";
import { interceptSignals } from "../terminal/signals.js";
import { fitHere } from "./memory-fit.js";

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
    const memory = await fitHere(experiment, output, signals.signal);
    if (memory !== null) requireFit(memory);
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
    output.document("spice.dry-run/2", { ...report, memory, model: trainer.model });
    show(report, memory, experiment, output);
    output.next("spice train");
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return undefined;
}

function show(report: DryRunReport, memory: MemoryFit | null, experiment: Experiment, output: Output): void {
  for (const { role, prompt, tokens } of report.prompts) {
    output.text(`${output.out("bold", `${role} prompt`)}, ${tokens} tokens\n${indent(promptText(prompt))}\n`);
  }
  const { seconds, probed } = report;
  const at = (rate: number) => `at ${rate < 10 ? rate.toFixed(1) : Math.round(rate)} a second`;
  output.text(output.out("bold", `Upper bounds, a step on ${experiment.trainer.kind}`));
  output.text(
    table([
      ["prompt tokens", String(report.promptTokensPerStep), at(probed.prompt)],
      ["sampled tokens", String(report.sampledTokensPerStep), at(probed.sampled)],
      ["trained tokens", String(report.trainedTokensPerStep), at(probed.trained)],
      [
        "time",
        duration(seconds.step),
        `sample ${duration(seconds.sample)}, train ${duration(seconds.train)}, publish ${duration(seconds.publish)}`,
      ],
      [`time, ${experiment.steps} steps`, duration(seconds.total), ""],
    ]),
  );
  const peak =
    report.probedPeakBytes === 0 ? "" : `; training the probe took ${gib(report.probedPeakBytes)} at most`;
  if (memory === null) {
    output.text(
      `\n${output.out("bold", "Memory")}: not estimated, the trainer or its model is elsewhere${peak}`,
    );
    return;
  }
  const range = ({ bytes, mostBytes = bytes }: { readonly bytes: number; readonly mostBytes?: number }) =>
    gib(bytes) + (mostBytes > bytes ? `, at most ${gib(mostBytes)}` : "");
  output.text(
    `\n${output.out("bold", "Memory")}\n${table([
      ...memory.parts.map((part) => [part.name, range(part)]),
      ["together", range({ bytes: memory.totalBytes, mostBytes: memory.mostBytes })],
    ])}`,
  );
  output.text(`It fits: ${memory.place} has ${gib(memory.availableBytes)} free${peak}.`);
  if (memory.mostBytes > memory.availableBytes)
    output.note(
      "warning: should many responses be as long as they may be, it does not: lower the trainer's rows or maxTokens",
    );
}

/** A prompt as people read it. */
export function promptText(prompt: Prompt): string {
  if (prompt.kind === "text") return prompt.text;
  return prompt.messages.map(({ role, content }) => `[${role}]\n${content}`).join("\n");
}

export const indent = (text: string): string => text.replaceAll(/^/gm, "  │ ");
