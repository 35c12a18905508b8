import { sha256 } from "../../adapters/hash/sha256.js";
import { countFiles, type FileCounts } from "../../adapters/sources/count-files.js";
import { openSource } from "../../adapters/sources/open-source.js";
import { byteCounter } from "../../adapters/tokens/byte-counter.js";
import { usableItems } from "../../app/corpus/usable.js";
import type { LeftOut, SkipReason } from "../../app/ports/corpus.js";
import type { SeenDocuments } from "../../config/starter.js";
import { MIN_TOKENS, WITHOUT_MODEL } from "./segmentation.js";

/** What a look at documents found. */
export interface LookedAt extends SeenDocuments {
  /** Null when the source is no file and no folder. */
  readonly files: FileCounts | null;
  /** Left-out items by their reason. */
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly firstLeftOut: LeftOut | null;
}

/**
 * Reads a source once and counts what `spice corpus add` would add, without a store and without a
 * tokenizer. So the documents that are too short are estimated: their words, digits and marks are
 * counted.
 *
 * @param trainer name of the trainer that the documents are for
 * @throws SpiceError `SOURCE_NOT_FOUND`, `SOURCE_FORMAT`, `SOURCE_UNKNOWN` (exit 2)
 */
export async function lookAtDocuments(name: string, trainer: string, signal: AbortSignal): Promise<LookedAt> {
  const source = await openSource(name);
  const count = trainer === WITHOUT_MODEL ? byteCounter.count : countPieces;
  const keys = new Set<string>();
  const languages = new Map<string, number>();
  const skipped: Partial<Record<SkipReason, number>> = {};
  let firstLeftOut: LeftOut | null = null;
  let [documents, withFacts, leftOut] = [0, 0, 0];
  const leave = ({ reason, where, detail }: LeftOut) => {
    leftOut += 1;
    skipped[reason] = (skipped[reason] ?? 0) + 1;
    firstLeftOut ??= { reason, where, detail };
  };
  for await (const item of usableItems(source, sha256, signal)) {
    if (item.kind === "skip") leave(item);
    if (item.kind !== "document") continue;
    const { splitKey, facts, language, text, sourceUri } = item.document;
    if (count(text) < MIN_TOKENS) {
      leave({
        reason: "too_short",
        where: sourceUri,
        detail: `The text has fewer than ${MIN_TOKENS} tokens.`,
      });
      continue;
    }
    documents += 1;
    if (facts.length > 0) withFacts += 1;
    keys.add(splitKey);
    languages.set(language, (languages.get(language) ?? 0) + 1);
  }
  const [most] = [...languages].sort((a, b) => b[1] - a[1]);
  return {
    documents,
    withFacts,
    splitKeys: keys.size,
    leftOut,
    language: most?.[0] ?? "unknown",
    files: await countFiles(name),
    skipped,
    firstLeftOut,
  };
}

/** Words, digits and marks: about the tokens of a short text, and rarely more. */
function countPieces(text: string): number {
  return text.match(/\p{L}+|\p{N}|[^\p{L}\p{N}\s]/gu)?.length ?? 0;
}
