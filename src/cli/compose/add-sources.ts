import { resolve } from "node:path";
import { openCorpusWriter } from "../../adapters/corpus-store/corpus-writer.js";
import { sha256 } from "../../adapters/hash/sha256.js";
import { openSource } from "../../adapters/sources/open-source.js";
import { type IngestStats, ingest } from "../../app/corpus/ingest.js";
import { SEGMENTER_VERSION, type SegmentLimits } from "../../core/corpus/segments.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import { isLive, type Output } from "../terminal/output.js";
import { corpusTokenizer, segmentLimits } from "./segmentation.js";

/** How sources are added to a corpus. */
export interface AddOptions {
  /** Names the corpus store and the model, whose tokenizer and context bound the segments. */
  readonly experiment: Experiment;
  /** Folder with another tokenizer.json. */
  readonly tokenizer: string | undefined;
  /** Longest segment, in tokens. Default: what the model's context leaves. */
  readonly maxTokens: number | undefined;
  /** Passed to the reader of local files. */
  readonly reading: Parameters<typeof openSource>[1];
  readonly output: Output;
  readonly signal: AbortSignal;
}

/**
 * Add each source to the corpus store, publish a snapshot after each, and say what came of it.
 *
 * @param names sources as `spice corpus add` takes them
 */
export async function addSources(names: readonly string[], options: AddOptions): Promise<void> {
  const { experiment, output, signal } = options;
  const sources = await Promise.all(names.map((name) => openSource(name, options.reading)));
  const tokens = await corpusTokenizer(options.tokenizer, experiment, output, signal);
  const limits = segmentLimits(experiment, options.maxTokens);
  const segmentation = { ...limits, tokenizer: tokens.fingerprint, version: SEGMENTER_VERSION };
  const store = resolve(experiment.corpus.store);
  const live = isLive(process.stderr) && !output.quiet;
  const progress = (documents: number, count: number) => {
    if (live) process.stderr.write(`\r\u001b[2K  ${documents} documents, ${count} tokens`);
  };
  for (const source of sources) {
    await using writer = await openCorpusWriter({ store, source: source.uri, segmentation });
    const added = await ingest({ source, writer, tokens, hash: sha256 }, { limits, signal, progress });
    if (live) process.stderr.write("\r\u001b[2K");
    show(source.uri, added, limits, output);
  }
}

function show(uri: string, added: IngestStats, limits: SegmentLimits, output: Output): void {
  output.document("spice.corpus-add/1", { source: uri, ...added });
  output.text(
    `${uri}: ${added.documents} documents, ${added.segments} segments, ${added.tokens} tokens (at most ${limits.maxTokens} a segment)`,
  );
  const skipped = Object.entries(added.skipped).map(([reason, count]) => `${count} ${reason}`);
  if (skipped.length > 0) output.note(`  left out: ${skipped.join(", ")}`);
  for (const { where, detail } of added.examples) output.detail(`  ${where}: ${detail}`);
  output.note(`  snapshot ${added.snapshot.id}`);
}
