import { Option } from "@commander-js/extra-typings";
import { EXIT, SpiceError } from "../../app/errors.js";
import type { Layer } from "../../config/layers.js";
import { resumeRun, startRun } from "../runs/attempt.js";
import { runTraining } from "../runs/loop.js";
import { RUN_NAME } from "../runs/named-run.js";
import { previewTraining } from "../runs/preview-training.js";
import { wholeNumber } from "../terminal/arguments.js";
import { configure, configuredCommand } from "../terminal/options.js";
import { perform } from "../terminal/perform.js";
import { openProgress } from "../terminal/progress.js";

const declared = () =>
  configuredCommand(
    "train",
    "self-play: sample, verify, train, publish, commit, step by step",
    `spice train                          # spice.config.* here, or the demo
     spice train --dry-run                # prompts, cost of a step, memory; trains nothing
     spice train -s steps=50 -s seed=2 --name second
     spice train -s train.learningRate=0 --name control
     spice train --resume                 # go on with the newest unfinished run`,
  )
    // Settings without -s are an old form: they work and are not in the help.
    .argument("[settings...]")
    .usage("[options]")
    .option("--name <name>", "name of the run")
    .option("--dir <folder>", "run directory (default: a new one in run.dir)")
    .option("--dry-run", "print the prompts of both roles and estimate the cost; writes nothing")
    .addOption(
      new Option(
        "--resume [run]",
        `go on with a run: ${RUN_NAME}; without a name, the newest unfinished one`,
      ).conflicts(["config", "name", "dir", "dryRun"]),
    )
    .option("--max-steps <n>", "stop after step n, with a checkpoint; --resume goes on", wholeNumber);

/** `spice train`: self-play with training. */
export const trainCommand = () =>
  declared().action((settings, options) =>
    perform(options, async (command) => {
      const { output } = command;
      const { name, dir, resume, dryRun } = options;
      const set = [...options.set, ...settings];
      if (resume !== undefined && set.length > 0) throw keepsItsSettings(set[0] ?? "");
      const flags: Layer[] = name === undefined ? [] : [{ name: "--name", values: { name } }];
      const { experiment } = await configure({ ...options, set }, output, flags);
      using progress = openProgress(output);
      progress.progress("preparing the run", 0, 0);
      // Without await the progress would be disposed before the work is done.
      if (dryRun) return await previewTraining(experiment, command, progress);
      const attempt =
        resume === undefined
          ? await startRun(experiment, dir)
          : await resumeRun(typeof resume === "string" ? resume : null, experiment.run.dir, output);
      return await runTraining(attempt, { command, progress, maxSteps: options.maxSteps ?? null });
    }),
  );

function keepsItsSettings(setting: string): SpiceError {
  return new SpiceError("A resumed run keeps the configuration it was started with.", {
    code: "CONFIG_DRIFT",
    boundary: "cli",
    where: `--set ${setting}`,
    hint: "Leave the setting out, or start a new run with it.",
    exit: EXIT.usage,
  });
}
