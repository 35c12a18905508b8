import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConsoleSink } from "../../adapters/console/console-sink.js";
import { sha256 } from "../../adapters/hash/sha256.js";
import { readRun } from "../../adapters/runs/read-run.js";
import { SpiceError } from "../../app/errors.js";
import { play } from "../../app/runs/play.js";
import { pickSegments } from "../../app/self-play/documents.js";
import { composeCorpus, composeTrainer } from "../compose/compose.js";
import { composeEvaluations } from "../compose/evaluations.js";
import { experimentOf } from "../runs/attempt.js";
import { findRun } from "../runs/find.js";
import { NO_LOG } from "../runs/preview-training.js";
import { showEpisode } from "../runs/show-episode.js";
import { configure, configuredCommand } from "../terminal/options.js";
import { isLive } from "../terminal/output.js";
import { perform } from "../terminal/perform.js";
import { interceptSignals } from "../terminal/signals.js";
import { unknownDocument } from "./corpus.js";

/** `spice play`: one round, nothing trained. */
export const playCommand = () =>
  configuredCommand(
    "play",
    "one document, Challenger and Reasoner, every intermediate shown; trains nothing",
    `spice play
     spice play --doc 3fa4c1d2
     spice play --run latest              # with the weights of a run's last checkpoint`,
  )
    .option("--doc <id>", "document or segment id, or its beginning (default: drawn by the seed)")
    .option("--run <run>", "play with this run's configuration and last checkpoint")
    .action((options) =>
      perform(options, async ({ output, logAt }) => {
        using signals = interceptSignals(output, false);
        const configured = await configure(options, output);
        const run =
          options.run === undefined
            ? null
            : await readRun(await findRun(options.run, configured.experiment.run.dir));
        const experiment = run === null ? configured.experiment : experimentOf(run);
        const checkpoint = run?.steps.findLast((one) => one.checkpoint !== null)?.checkpoint ?? null;
        if (run !== null && checkpoint === null) throw noCheckpoint(run.directory);
        const corpus = await composeCorpus(experiment);
        const [drawn] =
          options.doc === undefined
            ? await pickSegments(corpus, "selfplay", 1, [experiment.seed, 0, "play"])
            : [await corpus.find(options.doc)];
        if (!drawn) throw unknownDocument(options.doc ?? "");
        const scratch = await mkdtemp(join(tmpdir(), "spice-play-"));
        const logPath = join(scratch, "trainer.log");
        logAt(logPath);
        const sink = new ConsoleSink({
          stream: process.stderr,
          live: isLive(process.stderr) && !output.quiet,
          steps: 0,
          quiet: output.quiet,
        });
        {
          await using composed = await composeTrainer(experiment, {
            output,
            logger: NO_LOG,
            logPath,
            checkpointRoot: run === null ? null : join(run.directory, "checkpoints"),
            clientName: "spice play",
            signal: signals.signal,
            onProgress: (phase, done, total) => sink.progress(phase, done, total),
          });
          const { trainer } = composed;
          if (checkpoint !== null) {
            await trainer.load(checkpoint.path, signals.signal);
            await trainer.publish(signals.signal);
          }
          const evaluations = await composeEvaluations(experiment);
          const deps = { experiment, trainer, hash: sha256, evaluations, signal: signals.signal };
          const episode = await play(deps, drawn);
          sink.clear();
          output.document("spice.play/1", { segment: drawn, episode });
          output.text(showEpisode(episode, drawn, (format, text) => output.out(format, text)));
        }
        // Kept when something failed: the error names it.
        await rm(scratch, { recursive: true, force: true });
        output.next(run === null ? "spice train" : `spice runs report ${run.info.id}`);
        return undefined;
      }),
    );

function noCheckpoint(where: string): SpiceError {
  return new SpiceError("The run has no checkpoint yet.", {
    code: "NO_CHECKPOINT",
    boundary: "run",
    where,
    hint: "Leave --run out to play with the untrained model, or wait for the first checkpoint.",
    exit: 2,
  });
}
