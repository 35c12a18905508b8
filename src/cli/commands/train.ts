import { Option } from "@commander-js/extra-typings";
import { SpiceError } from "../../app/errors.js";
import type { Layer } from "../../config/layers.js";
import { resumeRun, startRun } from "../runs/attempt.js";
import { previewTraining } from "../runs/preview-training.js";
import { runTraining } from "../runs/start.js";
import { configure, configuredCommand } from "../terminal/options.js";
import { perform } from "../terminal/perform.js";
import { wholeNumber } from "./replay.js";

/** `spice train`: self-play with training. */
export const trainCommand = () =>
  configuredCommand(
    "train",
    "self-play: sample, judge, train, publish, commit, step by step",
    `spice train                          # spice.config.* here, or the demo
     spice train --dry-run                # prompts, cost of a step, memory; trains nothing
     spice train -s steps=50 -s seed=2 --name second
     spice train -s train.learningRate=0 --name control
     spice train --resume                 # go on with the newest unfinished run`,
  )
    .argument("[settings...]", "settings as path=value, like --set")
    .option("--name <name>", "name of the run")
    .option("--dir <folder>", "run directory (default: a new one in run.dir)")
    .option("--dry-run", "render one prompt of each role and estimate cost; writes nothing")
    .addOption(
      new Option(
        "--resume [run]",
        "go on with a run: folder, id, part of an id; without a name, the newest unfinished one",
      ).conflicts(["config", "name", "dir", "dryRun"]),
    )
    .option("--max-steps <n>", "stop after step n, with a checkpoint; --resume goes on", wholeNumber)
    .action((settings, options) =>
      perform(options, async (command) => {
        const set = [...options.set, ...settings];
        const maxSteps = options.maxSteps ?? null;
        if (options.resume !== undefined) {
          if (set.length > 0) throw keepsItsSettings(set[0] ?? "");
          const { experiment } = await configure({ ...options, set }, command.output);
          const wanted = typeof options.resume === "string" ? options.resume : null;
          return runTraining(await resumeRun(wanted, experiment.run.dir), command, maxSteps);
        }
        const flags: Layer[] =
          options.name === undefined ? [] : [{ name: "--name", values: { name: options.name } }];
        const { experiment } = await configure({ ...options, set }, command.output, flags);
        if (options.dryRun) return previewTraining(experiment, command);
        return runTraining(await startRun(experiment, options.dir), command, maxSteps);
      }),
    );

function keepsItsSettings(setting: string): SpiceError {
  return new SpiceError("A resumed run keeps the configuration it was started with.", {
    code: "CONFIG_DRIFT",
    boundary: "cli",
    where: `--set ${setting}`,
    hint: "Leave the setting out, or start a new run with it.",
    exit: 2,
  });
}
