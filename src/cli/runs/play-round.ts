import { join } from "node:path";
import type { ConsoleSink } from "../../adapters/console/console-sink.js";
import { sha256 } from "../../adapters/hash/sha256.js";
import type { RunReader } from "../../adapters/runs/read-run.js";
import { EXIT, SpiceError } from "../../app/errors.js";
import { NO_LOG } from "../../app/ports/output.js";
import { play } from "../../app/runs/play.js";
import { pickSegments } from "../../app/self-play/documents.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { Segment } from "../../core/records/document.js";
import type { Episode } from "../../core/records/episode.js";
import { composeCorpus, unknownDocument } from "../compose/corpus.js";
import { composeEvaluations } from "../compose/evaluations.js";
import { resolveModel } from "../compose/model-of-run.js";
import { composeOwnCode, withoutSinks } from "../compose/own-code.js";
import { composeTrainer } from "../compose/trainer.js";
import type { Command } from "../terminal/perform.js";
import { trainerProgress } from "../terminal/progress.js";
import { interceptSignals } from "../terminal/signals.js";
import { withTrialLog } from "./trial-log.js";

/** What to play. */
export interface RoundOptions {
  readonly experiment: Experiment;
  /** The run whose last checkpoint is loaded; null plays with the model of the configuration. */
  readonly run: RunReader | null;
  /** Document or segment id, or its beginning; undefined picks a document by the seed. */
  readonly document: string | undefined;
  readonly command: Command;
  readonly progress: ConsoleSink;
}

/**
 * One round on one document with a trainer that is started for it. Nothing is trained and nothing
 * is kept.
 *
 * @throws SpiceError `NO_CHECKPOINT`, `DOCUMENT_UNKNOWN` (exit 2)
 */
export async function playRound(
  options: RoundOptions,
): Promise<{ readonly segment: Segment; readonly episode: Episode }> {
  const { run, command, progress } = options;
  using signals = interceptSignals(command.output, false);
  const { signal } = signals;
  await using resolved = await resolveModel(options.experiment, command.output, signal, "command");
  const { experiment } = resolved;
  const checkpoint = run?.steps.findLast((one) => one.checkpoint !== null)?.checkpoint ?? null;
  if (run !== null && checkpoint === null) throw noCheckpoint(run.directory);
  const segment = await chosenSegment(options);
  await using own = await composeOwnCode(withoutSinks(experiment), command.output);
  progress.progress("starting the trainer", 0, 0);
  const episode = await withTrialLog("play", command.output, async (logPath) => {
    await using composed = await composeTrainer(experiment, {
      output: command.output,
      logger: NO_LOG,
      logPath,
      checkpointRoot: run === null ? null : join(run.directory, "checkpoints"),
      clientName: "spice play",
      use: "play",
      signal,
      onProgress: trainerProgress(progress),
    });
    const { trainer } = composed;
    if (checkpoint !== null) {
      await trainer.load(checkpoint.path, signal);
      await trainer.publish(signal);
    }
    const evaluations = await composeEvaluations(experiment);
    const deps = { experiment, trainer, hash: sha256, evaluations, own: own.code, signal };
    const played = await play(deps, segment);
    progress.clear();
    return played;
  });
  return { segment, episode };
}

async function chosenSegment({ experiment, document }: RoundOptions): Promise<Segment> {
  const corpus = await composeCorpus(experiment);
  const [segment] =
    document === undefined
      ? await pickSegments(corpus, "selfplay", 1, [experiment.seed, 0, "play"])
      : [await corpus.find(document)];
  if (!segment) throw unknownDocument(document ?? "");
  return segment;
}

function noCheckpoint(where: string): SpiceError {
  return new SpiceError("The run has no checkpoint yet.", {
    code: "NO_CHECKPOINT",
    boundary: "run",
    where,
    hint: "Name no run to play with the untrained model, or wait for the first checkpoint.",
    exit: EXIT.usage,
  });
}
