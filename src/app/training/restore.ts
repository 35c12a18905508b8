import { SpiceError } from "../errors.js";
import { requireFinite } from "../guard/guards.js";
import { stepName } from "../ports/runs.js";
import type { CheckpointInfo, PolicyVersion } from "../ports/trainer.js";
import type { RunVersions } from "./run-versions.js";
import type { TrainDeps } from "./train-deps.js";
import { warmup, warmupReport } from "./warmup.js";
import { WarmupMaterial } from "./warmup-material.js";

/** Error codes of a checkpoint that cannot be used. An older checkpoint may still work. */
const UNUSABLE = new Set(["TRAINER_CHECKPOINT_DAMAGED", "TRAINER_CHECKPOINT_UNKNOWN", "TRAINER_DATA_LOSS"]);

/**
 * Brings the trainer to the weights of the run's last committed step. It loads the newest
 * checkpoint that is not damaged. Then it trains the recorded batches of the steps after the
 * checkpoint, which the weights of the checkpoint do not contain. The digest after each step is
 * compared with the recorded digest. Without a checkpoint, this begins with the base model, makes
 * the warm start, and trains all recorded batches. Nothing is sampled. When a batch is missing or
 * damaged, the run goes back to the step before it.
 *
 * @throws SpiceError `REPLAY_DIVERGED` (exit 5) when a trainer that declares bitwise determinism
 * gets other weights
 */
export async function restore(
  deps: TrainDeps,
  versions: RunVersions,
  signal: AbortSignal,
): Promise<PolicyVersion> {
  const { store } = deps;
  const found = await loadCheckpoint(deps, signal);
  if (found !== null) {
    const mark = store.mark(found.step);
    const version = await versions.publishAs(mark?.policyVersion ?? 1, signal);
    compare(deps, found.step, mark?.policyDigest ?? version.digest, version.digest);
    await store.audit("resumed", { step: found.step, checkpoint: found.path, committed: store.committed });
    return applyRecorded(deps, versions, found.step, version, signal);
  }
  const before = store.mark(0);
  const version = await start(deps, versions, signal);
  if (before !== null) {
    compare(deps, 0, before.policyDigest, version.digest);
    await store.audit("resumed", { step: 0, checkpoint: null, committed: store.committed });
  }
  return applyRecorded(deps, versions, 0, version, signal);
}

/** The newest checkpoint that loads and has the recorded digest; null when there is none. */
async function loadCheckpoint(
  { trainer, store, logger }: TrainDeps,
  signal: AbortSignal,
): Promise<CheckpointInfo | null> {
  for (const checkpoint of await store.checkpoints()) {
    const problem = await trainer.load(checkpoint.path, signal).then(
      (loaded) => (loaded.digest === checkpoint.digest ? null : "it holds other weights than were saved"),
      (error: unknown) => {
        if (error instanceof SpiceError && UNUSABLE.has(error.code)) return error.message;
        throw error;
      },
    );
    if (problem === null) return checkpoint;
    logger.warn("checkpoint cannot be used", { step: checkpoint.step, path: checkpoint.path, problem });
    await store.audit("checkpoint_unusable", { step: checkpoint.step, path: checkpoint.path, problem });
  }
  return null;
}

/**
 * Publishes version 1 of the run: the base model, or the model after its warm start. The model
 * after a warm start is saved, because a warm start takes minutes.
 */
async function start(deps: TrainDeps, versions: RunVersions, signal: AbortSignal): Promise<PolicyVersion> {
  const { experiment, trainer, store, corpus, sink, hash, warmupMaterial } = deps;
  if (!experiment.warmup.enabled) {
    const version = await versions.publishAs(1, signal);
    await store.begin({ policyVersion: version.version, policyDigest: version.digest, checkpoint: null });
    return version;
  }
  const report = warmupReport(sink);
  const material = await (warmupMaterial?.() ?? WarmupMaterial.open(experiment, corpus, [], hash));
  const summary = await warmup(trainer, material, experiment, report, signal);
  const version = await versions.publishAs(1, signal);
  const again = store.mark(0) !== null;
  const name = stepName(0);
  // The run may resume without a usable checkpoint and make its warm start again (`again`). Then
  // the model is not saved here. The next checkpoint of a step saves it.
  const checkpoint = again ? null : { ...(await trainer.save(name, signal)), step: 0, path: name };
  await store.audit("warmup", { ...summary, policyVersion: version.version, policyDigest: version.digest });
  await store.begin({ policyVersion: version.version, policyDigest: version.digest, checkpoint });
  return version;
}

/** Trains the recorded batches of the committed steps after `from` again. */
async function applyRecorded(
  deps: TrainDeps,
  versions: RunVersions,
  from: number,
  base: PolicyVersion,
  signal: AbortSignal,
): Promise<PolicyVersion> {
  const { trainer, store, sink, logger } = deps;
  let version = base;
  const { committed } = store;
  for (let step = from + 1; step <= committed; step += 1) {
    signal.throwIfAborted();
    sink.progress("recorded steps", step - from, committed - from);
    const recorded = await store.recorded(step);
    const mark = store.mark(step);
    if (recorded === null || mark === null) {
      logger.warn("a recorded batch is missing or damaged; steps are played again", { step });
      await store.audit("batch_missing", { step, playedAgainFrom: step });
      await store.rewind(step - 1);
      return version;
    }
    if (recorded.batch === null) continue;
    const outcome = await trainer.trainStep(recorded.batch, recorded.optim, signal);
    requireFinite(step, outcome);
    version = await versions.publish(signal);
    compare(deps, step, mark.policyDigest, version.digest);
  }
  if (committed > from) await store.audit("reapplied", { from: from + 1, to: committed });
  return version;
}

/**
 * Compares two digests of the same step. A trainer that declares bitwise determinism must give
 * equal digests. For other trainers, a difference is only logged.
 */
function compare({ trainer, logger }: TrainDeps, step: number, was: string, is: string): void {
  if (was === is) return;
  if (trainer.capabilities.determinism !== "E0") {
    logger.warn("re-applied batches led to other weights", { step, was, is });
    return;
  }
  throw new SpiceError(
    `Training step ${step} again from its recorded batch gave other weights than before.`,
    {
      code: "REPLAY_DIVERGED",
      boundary: "run",
      where: `step ${step}: ${is.slice(0, 16)} instead of ${was.slice(0, 16)}`,
      hint: "Resume with the trainer version, thread count and kind of machine that the run was started with (run.json, provenance).",
      exit: 5,
    },
  );
}
