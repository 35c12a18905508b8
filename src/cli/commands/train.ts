import { Option } from "@commander-js/extra-typings";
import { EXIT, SpiceError } from "../../app/errors.js";
import type { Layer } from "../../config/layers.js";
import type { RunAttempt } from "../runs/attempt.js";
import { type MoreSteps, moreSteps } from "../runs/more-steps.js";
import { RUN_NAME } from "../runs/named-run.js";
import { wholeNumber } from "../terminal/arguments.js";
import { configure, configuredCommand } from "../terminal/options.js";
import { perform } from "../terminal/perform.js";
import { openProgress } from "../terminal/progress.js";
import { interceptSignals } from "../terminal/signals.js";

const declared = () =>
  configuredCommand(
    "train",
    "self-play: sample, verify, train, publish, commit, step by step",
    `spice train                          # spice.config.* here, or the demo
     spice train --dry-run                # prompts, cost, memory; then a step without training
     spice train --dry-run --no-probe     # the first part alone: no warm start, no step
     spice train -s steps=50 -s seed=2 --name second
     spice train -s train.learningRate=0 --name control
     spice train --resume                 # go on with the newest unfinished run
     spice train --resume second --steps +20   # more steps for a run, finished or not
     spice train --resume --accept-code   # after you corrected reward.ts`,
  )
    // Settings without -s are an old form: they work and are not in the help.
    .argument("[settings...]")
    .usage("[options]")
    .option("--name <name>", "name of the run")
    .option("--dir <folder>", "run directory (default: a new one in run.dir)")
    .option(
      "--dry-run",
      "print the prompts of both roles, estimate the cost, and play a step as `spice probe` does; writes nothing",
    )
    .option("--no-probe", "with --dry-run: without the step")
    .addOption(
      new Option(
        "--resume [run]",
        `go on with a run: ${RUN_NAME}; without a name, the newest unfinished one`,
      ).conflicts(["config", "name", "dir", "dryRun"]),
    )
    .addOption(
      new Option(
        "--steps <steps>",
        "with --resume: +20 gives the run 20 more steps, =40 makes it 40 in all",
      ).conflicts(["dryRun"]),
    )
    .addOption(
      new Option(
        "--accept-code",
        "with --resume: go on with a reward or a check of your own that changed",
      ).conflicts(["dryRun"]),
    )
    .option("--max-steps <n>", "stop after step n, with a checkpoint; --resume goes on", wholeNumber);

/** `spice train`: self-play with training. */
export const trainCommand = () =>
  declared().action((settings, options) =>
    perform(options, async (command) => {
      const { output } = command;
      const { name, dir, resume, dryRun } = options;
      const set = [...options.set, ...settings];
      if (resume !== undefined && set.length > 0) throw keepsItsSettings(set[0] ?? "", resume);
      const steps = options.steps === undefined ? null : moreSteps(options.steps);
      if (steps !== null && resume === undefined) throw needsResume(steps);
      const acceptCode = options.acceptCode === true;
      if (acceptCode && resume === undefined) throw acceptsNothing();
      const flags: Layer[] = name === undefined ? [] : [{ name: "--name", values: { name } }];
      const { experiment } = await configure({ ...options, set }, output, flags);
      using progress = openProgress(output);
      progress.progress("preparing the run", 0, 0);
      // Without await the progress would be disposed before the work is done.
      if (dryRun) {
        const { previewTraining } = await import("../runs/preview-training.js");
        const changed = async (more: readonly string[]) =>
          (await configure({ ...options, set: [...set, ...more] }, output, flags)).experiment;
        return await previewTraining(experiment, {
          command,
          progress,
          changed: options.probe ? changed : null,
        });
      }
      const { resumeRun, startRun } = await import("../runs/attempt.js");
      const { runTraining } = await import("../runs/loop.js");
      const attempt = await openAttempt(async (signal) =>
        resume === undefined
          ? startRun(experiment, dir, output, signal)
          : resumeRun(
              { wanted: typeof resume === "string" ? resume : null, steps, acceptCode },
              experiment.run.dir,
              output,
              signal,
            ),
      );
      return await runTraining(attempt, { command, progress, maxSteps: options.maxSteps ?? null });

      async function openAttempt(open: (signal: AbortSignal) => Promise<RunAttempt>): Promise<RunAttempt> {
        using signals = interceptSignals(output, false);
        return await open(signals.signal);
      }
    }),
  );

function keepsItsSettings(setting: string, resume: string | true): SpiceError {
  const [, count] = /^\s*steps\s*=\s*(\d+)/.exec(setting) ?? [];
  const run = resume === true ? "" : ` ${resume}`;
  return new SpiceError("A resumed run keeps the configuration it was started with.", {
    code: "CONFIG_DRIFT",
    boundary: "cli",
    where: `--set ${setting}`,
    hint:
      count === undefined
        ? "Leave the setting out, or start a new run with it. Only the number of steps can grow: --steps +20."
        : `Leave the setting out and write \`--steps =${count}\`: spice train --resume${run} --steps =${count}`,
    exit: EXIT.usage,
  });
}

function acceptsNothing(): SpiceError {
  return new SpiceError("--accept-code is for a run that exists.", {
    code: "ACCEPT_CODE_WITHOUT_RUN",
    boundary: "cli",
    where: "--accept-code",
    hint: "Leave it out: a new run takes your code as it is. For an old run, add --resume <run>.",
    exit: EXIT.usage,
  });
}

function needsResume({ kind, count }: MoreSteps): SpiceError {
  return new SpiceError("--steps gives more steps to a run that exists.", {
    code: "STEPS_WITHOUT_RUN",
    boundary: "cli",
    where: `--steps ${kind === "added" ? "+" : "="}${count}`,
    hint: `For a new run, write \`-s steps=${count}\`; for an old run, add --resume <run>.`,
    exit: EXIT.usage,
  });
}
