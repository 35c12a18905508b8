import { describe, expect, test } from "@jest/globals";
import { ingest } from "../../../src/app/corpus/ingest.js";
import type {
  CorpusWriter,
  DraftDocument,
  LeftOut,
  Source,
  SourceItem,
} from "../../../src/app/ports/corpus.js";
import type { SegmentBounds } from "../../../src/core/corpus/segments.js";
import type { Document } from "../../../src/core/records/document.js";
import { sha256 } from "../../support/fixtures.js";

const LIMITS = { minTokens: 2, maxTokens: 4 };
const tokens = { fingerprint: "words", count: (text: string) => text.match(/\S+/g)?.length ?? 0 };

function draft(uri: string, text: string): SourceItem {
  const document: DraftDocument = {
    text,
    title: uri,
    sourceUri: uri,
    licence: "CC0-1.0",
    language: "en",
    splitKey: uri,
    subject: "",
    kind: "prose",
    facts: [],
  };
  return { kind: "document", document };
}

function source(items: readonly SourceItem[]): Source {
  return {
    uri: "memory:source",
    async *read() {
      yield* items;
    },
  };
}

const inLanguage = (uri: string, language: string): SourceItem => {
  const item = draft(uri, `a b ${uri}`);
  return item.kind === "document" ? { ...item, document: { ...item.document, language } } : item;
};

class MemoryWriter implements CorpusWriter {
  readonly added: { document: Document; segments: readonly SegmentBounds[] }[] = [];
  readonly leftOut: LeftOut[] = [];
  commits = 0;
  kept = 0;

  constructor(private readonly stored: ReadonlyMap<string, readonly SegmentBounds[]> = new Map()) {}

  async known({ id }: Document): Promise<readonly SegmentBounds[] | null> {
    return this.stored.get(id) ?? null;
  }

  async add(document: Document, segments: readonly SegmentBounds[]): Promise<void> {
    this.added.push({ document, segments });
  }

  async leaveOut(item: LeftOut): Promise<void> {
    this.leftOut.push(item);
  }

  async keepLeftOut(): Promise<void> {
    this.kept += 1;
  }

  async commit() {
    this.commits += 1;
    return { id: "snapshot", documents: 0, segments: 0, tokens: 0, tokenizer: "words", sources: [] };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

describe("ingesting a source", () => {
  test("normalises, identifies, cuts, counts, and publishes once", async () => {
    const writer = new MemoryWriter();
    const items = [draft("m:1", "one two\r\n\r\n\r\n\r\nthree four five"), draft("m:2", "six seven")];
    const stats = await ingest({ source: source(items), writer, tokens, hash: sha256 }, { limits: LIMITS });
    expect(stats).toMatchObject({
      documents: 2,
      segments: 3,
      tokens: 7,
      reused: 0,
      skipped: {},
      examples: [],
    });
    expect(stats.snapshot.id).toBe("snapshot");
    expect(writer.commits).toBe(1);
    const [first] = writer.added;
    expect(first?.document.text).toBe("one two\n\nthree four five");
    expect(first?.document.id).toBe(sha256("m:1\none two\n\nthree four five"));
    expect(first?.segments).toEqual([
      { start: 0, end: 7, tokens: 2 },
      { start: 9, end: 24, tokens: 3 },
    ]);
  });

  test("documents in other languages are left out, and those in an unknown language are added", async () => {
    const items = [
      ["m:1", "en"],
      ["m:2", "fr"],
      ["m:3", "en-US"],
      ["m:4", "unknown"],
    ] as const;
    const writer = new MemoryWriter();
    const stats = await ingest(
      {
        source: source(items.map(([uri, language]) => inLanguage(uri, language))),
        writer,
        tokens,
        hash: sha256,
      },
      { limits: LIMITS, languages: ["EN"] },
    );
    expect(writer.added.map(({ document }) => document.sourceUri)).toEqual(["m:1", "m:3", "m:4"]);
    expect(stats.skipped).toEqual({ other_language: 1 });
    expect(writer.leftOut[0]).toMatchObject({ where: "m:2", detail: 'The document is in "fr".' });
  });

  test("counts what it leaves out, with examples", async () => {
    const items: SourceItem[] = [
      draft("m:1", " \u0000\n"),
      draft("m:2", "alone"),
      draft("m:3", "one two"),
      draft("m:4", "one two "),
      { kind: "skip", reason: "malformed", where: "m:5", detail: "broken" },
      ...Array.from({ length: 5 }, (_, index) => draft(`m:empty${index}`, "")),
    ];
    const writer = new MemoryWriter();
    const stats = await ingest({ source: source(items), writer, tokens, hash: sha256 }, { limits: LIMITS });
    expect(stats.skipped).toEqual({ no_text: 6, too_short: 1, duplicate: 1, malformed: 1 });
    expect(stats.examples.filter(({ reason }) => reason === "no_text")).toHaveLength(3);
    expect(stats.examples).toContainEqual({ reason: "duplicate", where: "m:4", detail: expect.any(String) });
    expect(stats.documents).toBe(1);
    expect(writer.leftOut).toHaveLength(9);
    expect(writer.leftOut[8]).toMatchObject({ reason: "no_text", where: "m:empty4" });
  });

  test("a word of more than 1000 characters is removed and noted; the rest of the text stays", async () => {
    const writer = new MemoryWriter();
    const image = `![a map](data:image/png;base64,${"QUJD".repeat(20_000)})`;
    const items = [draft("m:1", `one ${image} two`), draft("m:2", "東京は日本の首都である。".repeat(200))];
    const began = performance.now();
    const long = { minTokens: 1, maxTokens: 4000 };
    const stats = await ingest({ source: source(items), writer, tokens, hash: sha256 }, { limits: long });
    expect(performance.now() - began).toBeLessThan(1000);
    expect(stats.skipped).toEqual({ long_word: 1 });
    expect(writer.leftOut).toEqual([
      { reason: "long_word", where: "m:1", detail: expect.stringContaining("80032") },
    ]);
    expect(writer.added.map(({ document }) => document.text.length)).toEqual(["one a map two".length, 2400]);
  });

  test("counts fields without a meaning, facts that the text does not state, and documents of the kind facts without facts, and keeps them", async () => {
    const writer = new MemoryWriter();
    const fact = (value: string) => ({ field: "F", subject: "S", values: [value] });
    const cards = draft("m:1", "Color: Deep Red, 1,200 m, 日本の首都") as Extract<
      SourceItem,
      { kind: "document" }
    >;
    const facts = [fact("deep red"), fact("1200 m"), fact("首都"), fact("blue"), fact("Re")];
    const items: SourceItem[] = [
      { kind: "unknown_fields", where: "m:1", fields: ["score", "tags"] },
      { kind: "document", document: { ...cards.document, facts } },
      { kind: "document", document: { ...cards.document, text: "no fact at all", kind: "facts", facts: [] } },
      { kind: "document", document: { ...cards.document, text: "prose without facts" } },
      { kind: "unknown_fields", where: "m:2", fields: ["score"] },
      { kind: "note", where: "m:2", text: "It is a table." },
      ...Array.from({ length: 200 }, (_, index): SourceItem => {
        return { kind: "unknown_fields", where: "m:3", fields: [`field ${index}`] };
      }),
    ];
    const long = { minTokens: 1, maxTokens: 100 };
    const stats = await ingest({ source: source(items), writer, tokens, hash: sha256 }, { limits: long });
    expect(stats).toMatchObject({ factsOutsideText: 2, withoutFacts: 1, notes: ["m:2: It is a table."] });
    expect(stats.unknownFields).toMatchObject({ score: 2, tags: 1 });
    expect(Object.keys(stats.unknownFields)).toHaveLength(100);
    expect(writer.added[0]?.document.facts).toEqual(facts);
  });

  test("does not tokenise again what is stored", async () => {
    const stored = [{ start: 0, end: 3, tokens: 99 }];
    const writer = new MemoryWriter(new Map([[sha256("m:1\none two"), stored]]));
    const count = () => {
      throw new Error("not to be asked");
    };
    const deps = {
      source: source([draft("m:1", "one two")]),
      writer,
      tokens: { ...tokens, count },
      hash: sha256,
    };
    const stats = await ingest(deps, { limits: LIMITS });
    expect(stats).toMatchObject({ documents: 1, reused: 1, tokens: 99 });
    expect(writer.added[0]?.segments).toBe(stored);
  });

  test("a source without a usable document is an error, and nothing is published", async () => {
    for (const items of [[], [draft("m:1", "alone")]]) {
      const writer = new MemoryWriter();
      const run = ingest({ source: source(items), writer, tokens, hash: sha256 }, { limits: LIMITS });
      await expect(run).rejects.toMatchObject({ code: "CORPUS_EMPTY", exit: 2, where: "memory:source" });
      expect([writer.commits, writer.kept]).toEqual([0, 1]);
    }
  });

  test("stops when asked to, and publishes nothing", async () => {
    const writer = new MemoryWriter();
    const run = ingest(
      { source: source([draft("m:1", "one two")]), writer, tokens, hash: sha256 },
      { limits: LIMITS, signal: AbortSignal.abort() },
    );
    await expect(run).rejects.toMatchObject({ name: "AbortError" });
    expect(writer.commits).toBe(0);
  });

  test("tells how far it is", async () => {
    const items = Array.from({ length: 250 }, (_, index) => draft(`m:${index}`, `text ${index}`));
    const seen: number[] = [];
    const deps = { source: source(items), writer: new MemoryWriter(), tokens, hash: sha256 };
    await ingest(deps, { limits: LIMITS, progress: (documents) => seen.push(documents) });
    expect(seen).toEqual([100, 200]);
  });
});
