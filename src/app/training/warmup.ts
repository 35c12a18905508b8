import type { Experiment, WarmupSource } from "../../core/experiment/experiment.js";
import { counted } from "../../core/text/counted.js";
import { groupByPrefix } from "../../core/warmup/prefixes.js";
import type { WarmupExample } from "../../core/warmup/warmup.js";
import { SpiceError } from "../errors.js";
import type { MetricSink } from "../ports/output.js";
import type { TrainBatch, Trainer, TrainSequence } from "../ports/trainer.js";
import type { WarmupMaterial, WarmupSteps } from "./warmup-material.js";

/** Summary of the warm start, for the audit log. */
export interface WarmupSummary {
  readonly steps: number;
  readonly examples: number;
  readonly tokens: number;
  readonly firstLoss: number;
  readonly lastLoss: number;
  /** Number of examples by the source of their tasks. */
  readonly sources: Readonly<Record<WarmupSource, number>>;
}

/** Steps until the peak learning rate is reached. */
const RISE_STEPS = 3;
/** Prompts that share at least this many first tokens are computed together. */
const SHARED_TOKENS = 24;
const NO_TOKENS = new Int32Array(0);

/**
 * Supervised warm start with cross-entropy, on templated examples of both roles. Its documents are
 * never used in self-play. The warm start teaches a small model the formats, not the facts of later
 * questions. The paper has no warm start, because its base models are capable enough.
 *
 * @throws SpiceError `WARMUP_NO_TASKS` (exit 2) when the documents of a step give no example
 */
export async function warmup(
  trainer: Trainer,
  material: WarmupMaterial,
  experiment: Experiment,
  report: WarmupReport,
  signal: AbortSignal,
): Promise<WarmupSummary> {
  const { warmup: config } = experiment;
  const sources = { facts: 0, pairs: 0, mined: 0 };
  const summary = { steps: 0, examples: 0, tokens: 0, firstLoss: Number.NaN, lastLoss: Number.NaN, sources };
  const planned = material.steps();
  report.begin(planned, config.steps);
  for (let step = 1; step <= planned.steps; step += 1) {
    signal.throwIfAborted();
    const examples = await material.examples(step);
    const batch = await supervisedBatch(trainer, experiment, examples, step, signal);
    const learningRate = config.learningRate * schedule(step, planned.steps);
    const outcome = await trainer.trainStep(
      batch,
      { ...experiment.train, learningRate, resetMoments: false },
      signal,
    );
    if (outcome.nonFinite || outcome.skipped) throw notFinite(step);
    if (step === 1) summary.firstLoss = outcome.loss;
    summary.lastLoss = outcome.loss;
    summary.steps = step;
    summary.examples += batch.sequences.length;
    for (const { source } of examples) sources[source] += 1;
    summary.tokens += outcome.tokens;
    report.step(step, planned.steps, outcome.loss);
  }
  return summary;
}

/** Receives the progress of a warm start. */
export interface WarmupReport {
  /** @param wanted `warmup.steps` */
  begin(planned: WarmupSteps, wanted: number): void;
  step(done: number, total: number, loss: number): void;
}

/** Reports the warm start to people: its steps, and the loss of the first and the last step. */
export function warmupReport(sink: Pick<MetricSink, "progress">): WarmupReport {
  let first = "";
  return {
    begin: ({ steps, tasks }, wanted) => {
      const fewer = tasks !== null && steps < wanted;
      const note = fewer ? `${counted(tasks, "task")}, so ${counted(steps, "step")} of ${wanted}` : undefined;
      sink.progress("warm start", 0, steps, note);
    },
    step: (done, total, loss) => {
      const told = loss.toFixed(2);
      if (first === "") first = told;
      sink.progress("warm start", done, total, done === 1 ? `loss ${told}` : `loss ${first} → ${told}`);
    },
  };
}

/**
 * Factor for the peak learning rate. It rises over the first steps, while the optimizer has seen
 * few gradients. Then it falls linearly to the end.
 */
function schedule(step: number, steps: number): number {
  return Math.min(1, step / RISE_STEPS) * (1 - (step - 1) / steps);
}

/**
 * One batch of the warm start: examples that share their first tokens are computed together.
 *
 * @throws SpiceError `WARMUP_NO_TASKS` (exit 2) when no example fits the limits of self-play
 */
export async function supervisedBatch(
  trainer: Trainer,
  experiment: Experiment,
  made: readonly WarmupExample[],
  step: number,
  signal: AbortSignal,
): Promise<TrainBatch> {
  const { challenger } = experiment;
  const texts = made.map((one) => one.completion);
  const encoded = await trainer.encodeCompletions(texts, signal);
  // A proposal that is longer than self-play allows must not be taught.
  const kept = made.flatMap((example, index) => {
    const completion = encoded[index] ?? NO_TOKENS;
    const fits = example.role === "reasoner" || completion.length < challenger.maxTokens;
    return fits ? [{ prompt: example.prompt, completion }] : [];
  });
  if (kept.length === 0) throw noExamples(step, made.length, challenger.maxTokens);
  const written = kept.map((one) => one.completion);
  const asked = await trainer.tokenize(
    kept.map((one) => one.prompt),
    signal,
  );
  // The tokens that examples share, usually their document, are sent and computed once. The rest of
  // each prompt is sent in front of its completion. The tokens of this rest have weight 0.
  const groups = groupByPrefix(asked, SHARED_TOKENS);
  const prompts = groups.map(({ length, members }) =>
    (asked[members[0] ?? 0] ?? NO_TOKENS).subarray(0, length),
  );
  const sequences = groups.flatMap(({ length, members }, promptRef) =>
    members.map((index): TrainSequence => {
      const rest = (asked[index] ?? NO_TOKENS).subarray(length);
      const completion = written[index] ?? NO_TOKENS;
      const completionIds = Int32Array.from([...rest, ...completion]);
      return {
        promptRef,
        completionIds,
        weights: new Float32Array(completionIds.length).fill(1, rest.length),
        advantages: new Float32Array(completionIds.length).fill(1),
        behaviorLogprobs: null,
        temperature: 1,
        role: "warmup",
        groupId: `warmup/${step}`,
        sampleId: `warmup/${step}/${index}`,
      };
    }),
  );
  const normalizer = written.reduce((sum, one) => sum + one.length, 0);
  return { prompts, sequences, loss: { kind: "cross_entropy" }, normalizer };
}

function notFinite(step: number): SpiceError {
  return new SpiceError(
    `Warm-start step ${step} gave a loss or gradient that is not finite; nothing was applied.`,
    {
      code: "NON_FINITE_LOSS",
      boundary: "run",
      where: "warmup.learningRate",
      hint: "Lower warmup.learningRate, or set model.computeDtype to float32.",
      exit: 4,
    },
  );
}

function noExamples(step: number, made: number, maxTokens: number): SpiceError {
  const what =
    made === 0
      ? `The documents of warm-start step ${step} give no example.`
      : `Warm-start step ${step} has no proposal with fewer than ${maxTokens} tokens, of ${made}.`;
  return new SpiceError(what, {
    code: "WARMUP_NO_TASKS",
    boundary: "corpus",
    where: "warmup",
    hint:
      made === 0
        ? "Add documents with facts or whole sentences, or give pairs (warmup.pairs)."
        : "Raise challenger.maxTokens, or use documents with shorter sentences.",
    exit: 2,
  });
}
