import { systemClock } from "../../adapters/clock/system-clock.js";
import type { ConsoleSink } from "../../adapters/console/console-sink.js";
import { duration } from "../../adapters/console/step-line.js";
import { NO_LOG } from "../../app/ports/output.js";
import type { ModelInfo } from "../../app/ports/trainer.js";
import { requirePlayable } from "../../app/self-play/playable.js";
import { type DryRunReport, dryRun } from "../../app/trainer/dry-run.js";
import { gib, leastBytes, requireFit } from "../../app/trainer/memory-fit.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import { counted } from "../../core/text/counted.js";
import { bytes as inBytes } from "../../web/parts/format.js";
import { composeCorpus, withSnapshot } from "../compose/corpus.js";
import { type ResolvedModel, resolveModel } from "../compose/model-of-run.js";
import { composeOwnCode } from "../compose/own-code.js";
import { composeTrainer } from "../compose/trainer.js";
import { composeWarmup } from "../compose/warmup.js";
import { type Output, table } from "../terminal/output.js";
import type { Command } from "../terminal/perform.js";
import { trainerProgress } from "../terminal/progress.js";
import { interceptSignals } from "../terminal/signals.js";
import { commandWith, type GivenOptions, printAfterProbe } from "./after-probe.js";
import { type Estimate, fitHere } from "./memory-fit.js";
import { type ProbeOptions, probeDocument, probeModel } from "./probe-model.js";
import { printProbe } from "./show-probe.js";
import { barred, promptText } from "./show-prompt.js";
import { withTrialLog } from "./trial-log.js";

/** What a dry run needs beside the experiment. */
export interface PreviewOptions {
  readonly command: Command;
  readonly progress: ConsoleSink;
  /** Resolves the configuration again with more settings; null plays no step. */
  readonly changed: ProbeOptions["changed"] | null;
  /** Options that chose the configuration, for the commands that are suggested. */
  readonly given: GivenOptions;
}

/**
 * `spice train --dry-run`: prompts, and estimates of tokens, time and memory. Then a probe, in a
 * session of its own, because the measurement of the time trains the weights. Nothing is written.
 */
export async function previewTraining(
  wanted: Experiment,
  { command, progress, changed, given }: PreviewOptions,
): Promise<undefined> {
  const { output } = command;
  await using resolved = await resolvedFor(wanted, command);
  const experiment = await withSnapshot(resolved.experiment);
  const { warmup, estimated } = await estimateRun(experiment, command, progress);
  if (changed === null) {
    output.document("spice.dry-run/3", { ...estimated, probe: null });
    output.next(commandWith("probe", given));
    return undefined;
  }
  output.text(`\n${output.out("bold", "A step without training")}\n`);
  const probed = await probeModel({ experiment, start: warmup, changed, command, progress });
  output.document("spice.dry-run/3", { ...estimated, probe: probeDocument(probed) });
  printProbe(probed, output);
  printAfterProbe(probed, given, output);
  return undefined;
}

/** The experiment with its model; the model folder is needed for both parts of the dry run. */
async function resolvedFor(wanted: Experiment, { output }: Command): Promise<ResolvedModel> {
  using signals = interceptSignals(output, false);
  return await resolveModel(wanted, output, signals.signal, "command");
}

/** Prints the prompts and the estimates. Returns them for programs, with the warm start. */
async function estimateRun(experiment: Experiment, { output }: Command, progress: ConsoleSink) {
  using signals = interceptSignals(output, false);
  const corpus = await composeCorpus(experiment);
  await requirePlayable(experiment, corpus);
  const warmup = await composeWarmup(experiment, corpus);
  // Code that cannot be loaded is refused here, and not at the start of the run.
  await using _own = await composeOwnCode(experiment, output);
  const estimate = await fitHere(experiment, output, signals.signal);
  const memory = estimate.fit;
  if (memory !== null) requireFit(memory);
  progress.progress("starting the trainer", 0, 0);
  const estimated = await withTrialLog("dry-run", output, async (logPath) => {
    await using composed = await composeTrainer(experiment, {
      output,
      logger: NO_LOG,
      logPath,
      checkpointRoot: null,
      clientName: "spice dry run",
      use: "try",
      signal: signals.signal,
      onProgress: trainerProgress(progress),
    });
    const { trainer } = composed;
    progress.progress("measuring a step", 0, 0);
    const report = await dryRun({
      experiment,
      trainer,
      corpus,
      clock: systemClock,
      warmup: warmup?.first ?? [],
      signal: signals.signal,
    });
    progress.clear();
    show(report, estimate, experiment, trainer.model, output);
    return {
      ...report,
      memory,
      warmup: warmup === null ? null : { examples: warmup.examples, contradicted: warmup.contradicted },
      model: trainer.model,
    };
  });
  for (const line of warmup?.contradicted.slice(0, 3) ?? [])
    output.note(`${experiment.warmup.pairs}:${line}: left out, it contradicts its text or another line`);
  return { warmup, estimated };
}

function show(
  report: DryRunReport,
  { fit: memory, missing }: Estimate,
  experiment: Experiment,
  model: ModelInfo,
  output: Output,
): void {
  for (const { role, prompt, tokens } of report.prompts) {
    output.text(
      `${output.out("bold", `${role} prompt`)}, ${counted(tokens, "token")}\n${barred(promptText(prompt))}\n`,
    );
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
      ...(seconds.warmup === 0 ? [] : [["time, warm start", duration(seconds.warmup), ""]]),
      [`time, ${counted(experiment.steps, "step")}`, duration(seconds.total), ""],
    ]),
  );
  const peak =
    report.probedPeakBytes === 0 ? "" : `; training the probe took ${gib(report.probedPeakBytes)} at most`;
  if (memory === null) {
    output.text(`\n${output.out("bold", "Memory")}: ${withoutPlan(experiment, model, missing)}${peak}`);
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

/** What is known about the memory when the files of the model do not give a plan. */
function withoutPlan({ trainer }: Experiment, model: ModelInfo, missing: string): string {
  if (trainer.kind === "fake" || model.parameters === 0) return `not estimated, ${missing}`;
  return `at least ${inBytes(leastBytes(model))} for ${counted(model.parameters, "parameter")} with their gradients and moments as float32; no more is known, because ${missing}`;
}
