import type { Document } from "../../core/records/document.js";
import type { Hash } from "../../core/records/task.js";
import { normalizeText } from "../../core/text/document-text.js";
import { withoutLongWords } from "../../core/text/long-words.js";
import type { DraftDocument, Source, SourceItem } from "../ports/corpus.js";

/** An item of a source, after the rules that need no tokenizer. */
export type UsableItem =
  | { readonly kind: "document"; readonly document: Document }
  | Exclude<SourceItem, { readonly kind: "document" }>;

/**
 * The items of a source. Texts are normalized, words that are no text are removed, and documents
 * without a text or with the text of an earlier document become left-out items.
 */
export async function* usableItems(
  source: Source,
  hash: Hash,
  signal?: AbortSignal,
): AsyncGenerator<UsableItem> {
  /** The first document with a text, by the hash of the text. */
  const texts = new Map<string, string>();
  for await (const item of source.read(signal)) {
    signal?.throwIfAborted();
    if (item.kind !== "document") {
      yield item;
      continue;
    }
    const where = item.document.sourceUri;
    const { text, removed } = withoutLongWords(item.document.text);
    if (removed.length > 0) yield { kind: "skip", reason: "long_word", where, detail: removedWords(removed) };
    const document = identify({ ...item.document, text }, hash);
    if (document === null) {
      yield { kind: "skip", reason: "no_text", where, detail: "The document has no text." };
      continue;
    }
    const textHash = hash(document.text);
    const first = texts.get(textHash);
    if (first !== undefined) {
      yield { kind: "skip", reason: "duplicate", where, detail: `${first} has the same text.` };
      continue;
    }
    texts.set(textHash, where);
    yield { kind: "document", document };
  }
}

/** The draft with normalized text and its id; null when no text is left. */
export function identify(draft: DraftDocument, hash: Hash): Document | null {
  const text = normalizeText(draft.text);
  return text === "" ? null : { ...draft, text, id: hash(`${draft.sourceUri}\n${text}`) };
}

function removedWords(lengths: readonly number[]): string {
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const what = lengths.length === 1 ? "A word" : `${lengths.length} words, the longest`;
  return `${what} of ${longest} characters is no text and was removed.`;
}
