import { cutSegments, type SegmentLimits } from "../../core/corpus/segments.js";
import type { SnapshotInfo } from "../../core/records/document.js";
import type { Hash } from "../../core/records/task.js";
import { counted } from "../../core/text/counted.js";
import { stands } from "../../core/text/stands.js";
import { SpiceError } from "../errors.js";
import type { CorpusWriter, LeftOut, SkipReason, Source, SourceItem, TokenCounter } from "../ports/corpus.js";
import { usableItems } from "./usable.js";

export interface IngestDeps {
  readonly source: Source;
  readonly writer: CorpusWriter;
  readonly tokens: TokenCounter;
  readonly hash: Hash;
}

export interface IngestOptions {
  readonly limits: SegmentLimits;
  /**
   * Only documents in these languages are added, for example `en`. A document whose language is
   * `unknown` is added too. Default: all languages.
   */
  readonly languages?: readonly string[];
  readonly signal?: AbortSignal;
  /** Called from time to time with the number of documents and tokens so far. */
  readonly progress?: (documents: number, tokens: number) => void;
}

export interface IngestStats {
  /** Size of this source's part of the snapshot. */
  readonly documents: number;
  readonly segments: number;
  readonly tokens: number;
  /** Documents that the store held already. */
  readonly reused: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** The first examples of each reason. */
  readonly examples: readonly LeftOut[];
  /** Facts without a value that stands in the text of their document. The facts are kept. */
  readonly factsOutsideText: number;
  /** Documents of the kind `facts` that have no fact. The documents are kept. */
  readonly withoutFacts: number;
  /** Fields of records that have no meaning, with the number of records that have them. */
  readonly unknownFields: Readonly<Record<string, number>>;
  /** Sentences about files, the first of them. */
  readonly notes: readonly string[];
  /** The published snapshot: this source and all earlier sources. */
  readonly snapshot: SnapshotInfo;
}

const EXAMPLES_PER_REASON = 3;
const PROGRESS_EVERY = 100;
/** Most names of unknown fields, and most sentences, that are kept. */
const MOST_NOTES = 100;

/**
 * Adds a source to a corpus: normalizes each text, computes its id, cuts it into segments, stores
 * it, and publishes a snapshot. Nothing is published after a failure or an abort. The next attempt
 * uses the stored documents again.
 *
 * @throws SpiceError `CORPUS_EMPTY` (exit 2) when the source has no usable document
 */
export async function ingest(deps: IngestDeps, options: IngestOptions): Promise<IngestStats> {
  const { source, writer, tokens: counter, hash } = deps;
  const { limits, languages = [], signal, progress } = options;
  const skips = new Skips(writer);
  const notes = new Notes();
  const total = { documents: 0, segments: 0, tokens: 0, reused: 0, factsOutsideText: 0, withoutFacts: 0 };
  for await (const item of usableItems(source, hash, signal)) {
    if (item.kind === "skip") {
      await skips.note(item.reason, item.where, item.detail);
      continue;
    }
    if (item.kind !== "document") {
      notes.note(item);
      continue;
    }
    const { document } = item;
    if (!isWanted(document.language, languages)) {
      const detail = `The document is in "${document.language}".`;
      await skips.note("other_language", document.sourceUri, detail);
      continue;
    }
    const stored = await writer.known(document);
    const segments = stored ?? cutSegments(document.text, limits, (text) => counter.count(text));
    if (segments.length === 0) {
      await skips.note(
        "too_short",
        document.sourceUri,
        `The text has fewer than ${counted(limits.minTokens, "token")}.`,
      );
      continue;
    }
    await writer.add(document, segments);
    if (stored !== null) total.reused += 1;
    total.factsOutsideText += document.facts.filter((fact) => !stands(fact, document.text)).length;
    if (document.kind === "facts" && document.facts.length === 0) total.withoutFacts += 1;
    total.documents += 1;
    total.segments += segments.length;
    total.tokens += segments.reduce((sum, one) => sum + one.tokens, 0);
    if (total.documents % PROGRESS_EVERY === 0) progress?.(total.documents, total.tokens);
  }
  signal?.throwIfAborted();
  if (total.documents === 0) {
    await writer.keepLeftOut();
    throw emptyCorpus(source.uri, skips);
  }
  return {
    ...total,
    skipped: skips.counts,
    examples: skips.examples,
    unknownFields: Object.fromEntries(notes.fields),
    notes: notes.sentences,
    snapshot: await writer.commit(),
  };
}

/** True when the main part of the tag is among the languages: `en-US` is English. */
function isWanted(tag: string, languages: readonly string[]): boolean {
  const main = (one: string) => one.toLowerCase().split(/[-_]/)[0];
  return languages.length === 0 || tag === "unknown" || languages.some((one) => main(one) === main(tag));
}

class Skips {
  readonly counts: Partial<Record<SkipReason, number>> = {};
  readonly examples: LeftOut[] = [];

  constructor(private readonly writer: CorpusWriter) {}

  async note(reason: SkipReason, where: string, detail: string): Promise<void> {
    const before = this.counts[reason] ?? 0;
    this.counts[reason] = before + 1;
    await this.writer.leaveOut({ reason, where, detail });
    if (before < EXAMPLES_PER_REASON) this.examples.push({ reason, where, detail });
  }
}

/** What the user should know beside what was left out. Bounded: a file can have any field names. */
class Notes {
  readonly fields = new Map<string, number>();
  readonly sentences: string[] = [];

  note(item: Extract<SourceItem, { kind: "unknown_fields" | "note" }>): void {
    if (item.kind === "note") {
      if (this.sentences.length < MOST_NOTES) this.sentences.push(`${item.where}: ${item.text}`);
      return;
    }
    for (const name of item.fields) {
      const before = this.fields.get(name);
      if (before !== undefined || this.fields.size < MOST_NOTES) this.fields.set(name, (before ?? 0) + 1);
    }
  }
}

function emptyCorpus(uri: string, { counts, examples }: Skips): SpiceError {
  const reasons = Object.entries(counts).map(([reason, count]) => `${count} ${reason}`);
  const first = examples[0];
  const why = reasons.length === 0 ? "it is empty" : `left out: ${reasons.join(", ")}`;
  return new SpiceError(`The source holds no document that can be used (${why}).`, {
    code: "CORPUS_EMPTY",
    boundary: "corpus",
    where: uri,
    hint:
      first === undefined
        ? "Check the path: there is no file in it, or each file is hidden."
        : `The first left out: ${first.where}: ${first.detail} \`spice corpus left-out\` lists all.`,
    exit: 2,
  });
}
