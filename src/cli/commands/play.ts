import { Option } from "@commander-js/extra-typings";
import { EXIT, SpiceError } from "../../app/errors.js";
import { commandOnRuns, nameOfRun, RUN_NAME } from "../runs/named-run.js";
import { configure } from "../terminal/options.js";
import { perform } from "../terminal/perform.js";
import { openProgress } from "../terminal/progress.js";

/** `spice play`: one round on one document, nothing trained. */
export const playCommand = () =>
  commandOnRuns(
    "play",
    "one document, Challenger and Reasoner, every intermediate shown; trains nothing",
    `spice play
     spice play --doc 3fa4c1d2
     spice play -s challenger.focus=document
     spice play latest                    # with the weights of a run's last checkpoint`,
  )
    .argument("[run]", `play with this run's configuration and last checkpoint: ${RUN_NAME}`)
    // Settings without -s are an old form, as in `spice train`: they are not in the help.
    .argument("[settings...]")
    .usage("[options] [run]")
    .addOption(new Option("--run <run>").hideHelp())
    .option("--doc <id>", "document or segment id, or its beginning (default: picked by the seed)")
    .action((first, rest, given) =>
      perform(given, async (command) => {
        const { experimentOf } = await import("../runs/attempt.js");
        const { playRound } = await import("../runs/play-round.js");
        const { readNamedRun } = await import("../runs/read-named-run.js");
        const { showEpisode } = await import("../runs/show-episode.js");
        const { output } = command;
        const { run: argument, settings } = wordsOf([...(first === undefined ? [] : [first]), ...rest]);
        const options = { ...given, set: [...given.set, ...settings] };
        const wanted = nameOfRun(argument, options);
        // The folder of the runs is no setting of the run.
        const changed = options.set.find((setting) => !setting.startsWith("run.dir="));
        if (wanted !== undefined && changed !== undefined) throw keepsItsSettings(changed);
        using progress = openProgress(output);
        const run = wanted === undefined ? null : await readNamedRun(wanted, options, output);
        const experiment = run === null ? (await configure(options, output)).experiment : experimentOf(run);
        const { segment, episode } = await playRound({
          experiment,
          run,
          document: options.doc,
          command,
          progress,
        });
        output.document("spice.play/1", { segment, episode });
        output.text(showEpisode(episode, segment, (format, text) => output.out(format, text)));
        output.next(run === null ? "spice train" : `spice runs report ${run.info.id}`);
        return undefined;
      }),
    );

/** The run and the settings (`path=value`) among the words of the command line. */
function wordsOf(words: readonly string[]): {
  readonly run: string | undefined;
  readonly settings: readonly string[];
} {
  const settings = words.filter((word) => /^[A-Za-z][\w.]*=/.test(word));
  const [run, second] = words.filter((word) => !settings.includes(word));
  if (second === undefined) return { run, settings };
  throw new SpiceError("Two runs are named.", {
    code: "RUN_NAMED_TWICE",
    boundary: "cli",
    where: `${run} ${second}`,
    hint: "Name one run. A setting is written -s path=value.",
    exit: EXIT.usage,
  });
}

function keepsItsSettings(setting: string): SpiceError {
  return new SpiceError("A run is played with the configuration it was started with.", {
    code: "CONFIG_DRIFT",
    boundary: "cli",
    where: setting,
    hint: "Leave the setting out, or name no run. `-s model.id=run:<run>` plays with the weights of a run and other settings.",
    exit: EXIT.usage,
  });
}
