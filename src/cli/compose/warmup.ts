import { sha256 } from "../../adapters/hash/sha256.js";
import { readPairs } from "../../adapters/pairs/read-pairs.js";
import { SpiceError } from "../../app/errors.js";
import type { Corpus } from "../../app/ports/corpus.js";
import { WarmupMaterial } from "../../app/training/warmup-material.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import { counted } from "../../core/text/counted.js";
import { shortageAdvice, shortageText, type WarmupCounts } from "../../core/warmup/shortage.js";
import type { WarmupExample } from "../../core/warmup/warmup.js";

/** Steps of the warm start that are tried before a run begins. */
const TRIED_STEPS = 3;

/** What the warm start of an experiment can teach from. */
export interface ComposedWarmup {
  /** Lines of `warmup.pairs` whose answer does not stand in their text. */
  readonly contradicted: readonly number[];
  /** Examples of the first steps, by the source of their tasks. */
  readonly examples: Readonly<Record<string, number>>;
  /** Examples of the first step. */
  readonly first: readonly WarmupExample[];
  readonly material: WarmupMaterial;
}

/**
 * Reads the pairs of the warm start and makes the examples of its first steps, before any model is
 * loaded. Null when `warmup.enabled` is false.
 *
 * @throws SpiceError `WARMUP_NO_TASKS` (exit 2) when the documents and the pairs give no example,
 * `PAIRS_UNREADABLE` (exit 2)
 */
export async function composeWarmup(experiment: Experiment, corpus: Corpus): Promise<ComposedWarmup | null> {
  const { warmup } = experiment;
  if (!warmup.enabled) return null;
  const { read, material } = await openMaterial(experiment, corpus);
  const examples: Record<string, number> = {};
  let first: readonly WarmupExample[] = [];
  for (let step = 1; step <= Math.min(TRIED_STEPS, warmup.steps); step += 1) {
    const made = await material.examples(step);
    if (made.length === 0) throw noTasks(experiment, material.count());
    if (step === 1) first = made;
    for (const { source } of made) examples[source] = (examples[source] ?? 0) + 1;
  }
  return { contradicted: read?.contradicted ?? [], examples, first, material };
}

/**
 * Gives what a warm start teaches from: the material that was composed already. Without it, each
 * call opens the material.
 */
export function materialOf(
  experiment: Experiment,
  corpus: Corpus,
  composed: ComposedWarmup | null,
): () => Promise<WarmupMaterial> {
  return async () => composed?.material ?? (await openMaterial(experiment, corpus)).material;
}

async function openMaterial(experiment: Experiment, corpus: Corpus) {
  const { pairs } = experiment.warmup;
  const read = pairs === null ? null : await readPairs(pairs, sha256);
  return { read, material: await WarmupMaterial.open(experiment, corpus, read?.texts ?? [], sha256) };
}

function noTasks({ warmup, corpus }: Experiment, counts: WarmupCounts): SpiceError {
  const { documents, segments } = counts;
  const looked = shortageText(counts);
  const advice = shortageAdvice(counts, corpus.warmupShare);
  return new SpiceError(
    `The warm start has nothing to start from: the checks accept no task from ${counted(documents, "document")} (${counted(segments, "segment")}; sources: ${warmup.sources.join(", ")}). ${looked}`,
    {
      code: "WARMUP_NO_TASKS",
      boundary: "corpus",
      where: "warmup.sources",
      hint: `Change the documents or the start. ${advice} Or give pairs of question and answer (warmup.pairs). Or choose a model that follows instructions (model.id), and set warmup.enabled=false; SmolLM2-135M needs a warm start (docs/your-documents.md).`,
      exit: 2,
    },
  );
}
