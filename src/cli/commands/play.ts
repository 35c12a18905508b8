import { Option } from "@commander-js/extra-typings";
import { experimentOf } from "../runs/attempt.js";
import { commandOnRuns, nameOfRun, RUN_NAME } from "../runs/named-run.js";
import { playRound } from "../runs/play-round.js";
import { readNamedRun } from "../runs/read-named-run.js";
import { showEpisode } from "../runs/show-episode.js";
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
     spice play latest                    # with the weights of a run's last checkpoint`,
  )
    .argument("[run]", `play with this run's configuration and last checkpoint: ${RUN_NAME}`)
    .addOption(new Option("--run <run>").hideHelp())
    .option("--doc <id>", "document or segment id, or its beginning (default: picked by the seed)")
    .action((argument, options) =>
      perform(options, async (command) => {
        const { output } = command;
        using progress = openProgress(output);
        const wanted = nameOfRun(argument, options);
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
