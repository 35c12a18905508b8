import { resolve } from "node:path";
import { systemClock } from "../../adapters/clock/system-clock.js";
import { openCorpusWriter } from "../../adapters/corpus-store/corpus-writer.js";
import { noteSourceCode } from "../../adapters/corpus-store/own-code-log.js";
import { sha256 } from "../../adapters/hash/sha256.js";
import type { LocalSourceOptions } from "../../adapters/sources/local-source.js";
import { type IngestStats, ingest } from "../../app/corpus/ingest.js";
import { SpiceError } from "../../app/errors.js";
import { SEGMENTER_VERSION, type SegmentLimits } from "../../core/corpus/segments.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import { counted } from "../../core/text/counted.js";
import { isLive, type Output } from "../terminal/output.js";
import { composeSources } from "./own-sources.js";
import { corpusTokenizer, segmentLimits } from "./segmentation.js";

/** In a log, milliseconds between two lines of progress. */
const SILENCE_MS = 20_000;

/** How sources are added to a corpus. */
export interface AddOptions {
  /** Names the corpus store and the model, whose tokenizer and context bound the segments. */
  readonly experiment: Experiment;
  /** Folder with another tokenizer.json. */
  readonly tokenizer: string | undefined;
  /** Longest segment, in tokens. Default: what the model's context leaves. */
  readonly maxTokens: number | undefined;
  /** Passed to the reader of local files. */
  readonly reading: LocalSourceOptions;
  /** Only documents in these languages are added; all when empty. */
  readonly languages: readonly string[];
  readonly output: Output;
  readonly signal: AbortSignal;
}

/**
 * Add each source to the corpus store, publish a snapshot after each, and say what came of it.
 *
 * @throws SpiceError `CORPUS_EMPTY` (exit 2), after the other sources were added, when a source has
 * no usable document
 * @param names sources as `spice corpus add` takes them
 */
export async function addSources(names: readonly string[], options: AddOptions): Promise<void> {
  const { experiment, output, signal } = options;
  await using composed = await composeSources(names, options.reading, experiment, output);
  const tokens = await corpusTokenizer(options.tokenizer, experiment, output, signal);
  const limits = segmentLimits(experiment, options.maxTokens);
  const segmentation = { ...limits, tokenizer: tokens.fingerprint, version: SEGMENTER_VERSION };
  const store = resolve(experiment.corpus.store);
  const live = isLive(process.stderr) && !output.quiet;
  const clear = () => {
    if (live) process.stderr.write("\r\u001b[2K");
  };
  let said = systemClock.now();
  const progress = (documents: number, count: number) => {
    const line = `  ${counted(documents, "document")}, ${counted(count, "token")}`;
    if (live) process.stderr.write(`\r\u001b[2K${line}`);
    else if (systemClock.now() - said > SILENCE_MS) {
      said = systemClock.now();
      output.note(line);
    }
  };
  let empty: SpiceError | null = null;
  for (const { source, code } of composed.sources) {
    const { uri, formerUris = [] } = source;
    await using writer = await openCorpusWriter({
      store,
      source: uri,
      formerSources: formerUris,
      segmentation,
    });
    try {
      const added = await ingest(
        { source, writer, tokens, hash: sha256 },
        { limits, languages: options.languages, signal, progress },
      );
      clear();
      // Without modules, the note replaces the note of an earlier addition.
      await noteSourceCode(store, { source: uri, modules: code });
      show(uri, added, limits, output);
    } catch (error) {
      clear();
      // The other sources are added first, so that nothing is lost.
      if (!(error instanceof SpiceError) || error.code !== "CORPUS_EMPTY") throw error;
      empty ??= error;
    }
  }
  if (empty !== null) throw empty;
}

/** Most notes about files that are written. */
const SHOWN_NOTES = 5;

function show(uri: string, added: IngestStats, limits: SegmentLimits, output: Output): void {
  output.document("spice.corpus-add/1", { source: uri, ...added });
  output.text(
    `${uri}: ${counted(added.documents, "document")}, ${counted(added.segments, "segment")}, ${counted(added.tokens, "token")} (at most ${limits.maxTokens} a segment)`,
  );
  const skipped = Object.entries(added.skipped).map(([reason, count]) => `${count} ${reason}`);
  if (skipped.length > 0)
    output.note(`  left out: ${skipped.join(", ")}; \`spice corpus left-out\` lists all with their reasons`);
  const unknown = Object.entries(added.unknownFields).map(([name, count]) => `${name} (${count})`);
  if (unknown.length > 0) output.note(`  fields without a meaning, not kept: ${unknown.join(", ")}`);
  if (added.factsOutsideText > 0)
    output.note(
      `  facts whose value does not stand in the text of their document: ${added.factsOutsideText}`,
    );
  if (added.withoutFacts > 0)
    output.note(`  documents of the kind \`facts\` that have no fact: ${added.withoutFacts}`);
  for (const note of added.notes.slice(0, SHOWN_NOTES)) output.note(`  ${note}`);
  if (added.notes.length > SHOWN_NOTES)
    output.note(`  ${counted(added.notes.length - SHOWN_NOTES, "more note")}: --json`);
  for (const { where, detail } of added.examples) output.detail(`  ${where}: ${detail}`);
  output.note(`  snapshot ${added.snapshot.id}`);
}
