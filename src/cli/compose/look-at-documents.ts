import { sha256 } from "../../adapters/hash/sha256.js";
import { countFiles, type FileCounts } from "../../adapters/sources/count-files.js";
import { UNKNOWN_LANGUAGE } from "../../adapters/sources/language.js";
import type { LocalSourceOptions } from "../../adapters/sources/local-source.js";
import { openSource } from "../../adapters/sources/open-source.js";
import { byteCounter } from "../../adapters/tokens/byte-counter.js";
import { usableItems } from "../../app/corpus/usable.js";
import type { LeftOut, SkipReason } from "../../app/ports/corpus.js";
import type { SeenDocuments } from "../../config/starter.js";
import { LABELLED } from "../../core/corpus/passages.js";
import { percent } from "../../web/parts/format.js";
import { MIN_TOKENS, WITHOUT_MODEL } from "./segmentation.js";

/** Share of the documents that are shorter than a long document. */
const LONG = 0.9;

/** What a look at documents found. */
export interface LookedAt extends SeenDocuments {
  /** Null when the source is no file and no folder. */
  readonly files: FileCounts | null;
  /** Documents by their language, most frequent first; `unknown` for cards and short texts. */
  readonly languages: Readonly<Record<string, number>>;
  /** Left-out items by their reason. */
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly firstLeftOut: LeftOut | null;
  /** What is made of the tables, the first of them; and a document that has most of the text. */
  readonly notes: readonly string[];
}

/** Least share of the documents in the language that is taken for the language of all. */
const LEAST_KNOWN = 0.25;
/** Share of the text from which on a document is named, when there are several. */
const MOST_OF_TEXT = 0.5;
/** Fewest documents among which a large document is named. */
const SEVERAL = 5;
/** Most sentences about tables that are kept. */
const MOST_NOTES = 5;

/**
 * Reads a source once and counts what `spice corpus add` would add, without a store and without a
 * tokenizer. So the documents that are too short are estimated: their words, digits and marks are
 * counted.
 *
 * @param trainer name of the trainer that the documents are for
 * @param reading how records and tables are read
 * @throws SpiceError `SOURCE_NOT_FOUND`, `SOURCE_FORMAT`, `SOURCE_UNKNOWN`, `SOURCE_FIELD` (exit 2)
 */
export async function lookAtDocuments(
  name: string,
  trainer: string,
  reading: LocalSourceOptions,
  signal: AbortSignal,
): Promise<LookedAt> {
  const source = await openSource(name, reading);
  const count = trainer === WITHOUT_MODEL ? byteCounter.count : countPieces;
  const keys = new Set<string>();
  const languages = new Map<string, number>();
  const skipped: Partial<Record<SkipReason, number>> = {};
  const kinds: Record<string, number> = {};
  const lengths: number[] = [];
  const notes: string[] = [];
  let firstLeftOut: LeftOut | null = null;
  let longest = { where: "", tokens: 0 };
  let [documents, withFacts, factCount, leftOut, cards] = [0, 0, 0, 0, 0];
  const leave = ({ reason, where, detail }: LeftOut) => {
    leftOut += 1;
    skipped[reason] = (skipped[reason] ?? 0) + 1;
    firstLeftOut ??= { reason, where, detail };
  };
  for await (const item of usableItems(source, sha256, signal)) {
    if (item.kind === "skip") leave(item);
    if (item.kind === "note" && notes.length < MOST_NOTES) notes.push(`${item.where}: ${item.text}`);
    if (item.kind !== "document") continue;
    const { splitKey, facts, kind, language, text, sourceUri } = item.document;
    const length = count(text);
    if (length < MIN_TOKENS) {
      leave({
        reason: "too_short",
        where: sourceUri,
        detail: `The text has fewer than ${MIN_TOKENS} tokens.`,
      });
      continue;
    }
    documents += 1;
    if (facts.length > 0) withFacts += 1;
    factCount += facts.length;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    if (kind === "facts" && text.split("\n").every((line) => LABELLED.test(line))) cards += 1;
    lengths.push(length);
    if (length > longest.tokens) longest = { where: sourceUri, tokens: length };
    keys.add(splitKey);
    languages.set(language, (languages.get(language) ?? 0) + 1);
  }
  const share = longest.tokens / lengths.reduce((sum, length) => sum + length, 0);
  if (documents >= SEVERAL && share >= MOST_OF_TEXT) notes.push(largest(longest.where, share));
  const known = [...languages].filter(([language]) => language !== UNKNOWN_LANGUAGE);
  const [most] = known.sort((a, b) => b[1] - a[1]);
  return {
    documents,
    withFacts,
    splitKeys: keys.size,
    leftOut,
    language: most !== undefined && most[1] >= LEAST_KNOWN * documents ? most[0] : UNKNOWN_LANGUAGE,
    files: await countFiles(name),
    languages: Object.fromEntries([...languages].sort((a, b) => b[1] - a[1])),
    kinds,
    cards,
    facts: factCount,
    longTokens: lengths.sort((a, b) => a - b)[Math.floor(LONG * lengths.length)] ?? 0,
    skipped,
    firstLeftOut,
    notes,
  };
}

/** Segments are drawn with equal probability, so a long document is drawn often. */
function largest(where: string, share: number): string {
  return `${where} has ${percent(share)} of the text, so about this share of the tasks will be about it. To have tasks about the other documents, move it to another folder.`;
}

/** Words, digits and marks: about the tokens of a short text, and rarely more. */
function countPieces(text: string): number {
  return text.match(/\p{L}+|\p{N}|[^\p{L}\p{N}\s]/gu)?.length ?? 0;
}
