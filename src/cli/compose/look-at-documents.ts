import { openSource } from "../../adapters/sources/open-source.js";
import type { SeenDocuments } from "../../config/starter.js";

/**
 * Reads a source once and counts what is there, without a store and without a tokenizer.
 *
 * @throws SpiceError `SOURCE_NOT_FOUND`, `SOURCE_FORMAT`, `SOURCE_UNKNOWN` (exit 2)
 */
export async function lookAtDocuments(name: string, signal: AbortSignal): Promise<SeenDocuments> {
  const source = await openSource(name);
  const keys = new Set<string>();
  const languages = new Map<string, number>();
  let documents = 0;
  let withFacts = 0;
  let leftOut = 0;
  for await (const item of source.read(signal)) {
    if (item.kind !== "document") {
      leftOut += item.kind === "skip" ? 1 : 0;
      continue;
    }
    const { splitKey, facts, language } = item.document;
    documents += 1;
    if (facts.length > 0) withFacts += 1;
    keys.add(splitKey);
    languages.set(language, (languages.get(language) ?? 0) + 1);
  }
  const [most] = [...languages].sort((a, b) => b[1] - a[1]);
  return { documents, withFacts, splitKeys: keys.size, leftOut, language: most?.[0] ?? "unknown" };
}
