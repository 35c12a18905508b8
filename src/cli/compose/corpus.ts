import { openCorpus, type SnapshotCorpus } from "../../adapters/corpus-store/open-corpus.js";
import { EXIT, SpiceError } from "../../app/errors.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { Segment } from "../../core/records/document.js";

/** The snapshot that the experiment plays. */
export function composeCorpus({ corpus }: Experiment): Promise<SnapshotCorpus> {
  return openCorpus(corpus.store, corpus.snapshot, corpus, corpus.kinds);
}

/**
 * The experiment with the snapshot that its store has now. A long command opens the corpus more
 * than once, and another command may publish a snapshot meanwhile.
 */
export async function withSnapshot(experiment: Experiment): Promise<Experiment> {
  const { info } = await composeCorpus(experiment);
  return { ...experiment, corpus: { ...experiment.corpus, snapshot: info.id } };
}

/** The experiment with documents of all kinds: a corpus is shown whole, whatever is played. */
export function withAllKinds(experiment: Experiment): Experiment {
  return { ...experiment, corpus: { ...experiment.corpus, kinds: [] } };
}

/** The corpus that a run played; null when it cannot be opened. */
export function playedCorpus(experiment: Experiment): Promise<SnapshotCorpus | null> {
  return composeCorpus(experiment).catch(() => null);
}

/** Finds segments in the corpus that a run played. It finds none when that corpus is missing. */
export async function segmentFinder(
  experiment: Experiment,
): Promise<(id: string) => Promise<Segment | null>> {
  const corpus = await playedCorpus(experiment);
  return async (id) => (corpus === null ? null : corpus.find(id));
}

/** The error for a document that is not in the snapshot. */
export function unknownDocument(id: string): SpiceError {
  return new SpiceError(`The corpus has no document ${id}, or more than one that begins so.`, {
    code: "DOCUMENT_UNKNOWN",
    boundary: "corpus",
    hint: "Give the id, or its first 8 digits or more: `spice play` and the report show ids.",
    exit: EXIT.usage,
  });
}
