import { appendFile, mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import {
  type CorpusWriterOptions,
  openCorpusWriter,
} from "../../../src/adapters/corpus-store/corpus-writer.js";
import { leftOutLists } from "../../../src/adapters/corpus-store/left-out.js";
import { openCorpus } from "../../../src/adapters/corpus-store/open-corpus.js";
import { sha256 } from "../../../src/adapters/hash/sha256.js";
import type { LeftOut } from "../../../src/app/ports/corpus.js";
import type { Document, SnapshotInfo } from "../../../src/core/records/document.js";
import { collect } from "../support/run-fixtures.js";
import { tempFolder } from "../support/temp-folder.js";

const SEGMENTATION = { tokenizer: "words", minTokens: 1, maxTokens: 4, version: 1 };
const ALL = { warmupShare: 0, evalShare: 0 };

function makeDocument(uri: string, text: string, changes: Partial<Document> = {}): Document {
  return {
    id: sha256(`${uri}\n${text}`),
    text,
    title: uri,
    sourceUri: uri,
    licence: "CC0-1.0",
    language: "en",
    splitKey: uri,
    subject: "",
    kind: "prose",
    facts: [],
    ...changes,
  };
}

/** Add documents, each cut into its lines. */
async function add(
  store: string,
  source: string,
  documents: readonly Document[],
  changes: Partial<CorpusWriterOptions> = {},
): Promise<SnapshotInfo> {
  await using writer = await openCorpusWriter({ store, source, segmentation: SEGMENTATION, ...changes });
  for (const document of documents) await writer.add(document, lines(document.text));
  return await writer.commit();
}

function lines(text: string) {
  return [...text.matchAll(/[^\n]+/g)].map((line) => ({
    start: line.index,
    end: line.index + line[0].length,
    tokens: line[0].split(" ").length,
  }));
}

const A = makeDocument("a:1", "one two\nthree 😀", {
  kind: "facts",
  facts: [{ field: "Capital", subject: "Chad", values: ["N'Djamena"] }],
});
const B = makeDocument("b:1", "four five six");

describe("a corpus store", () => {
  test("gives back segments with their documents", async () => {
    await using store = await tempFolder();
    const info = await add(store.path, "a", [A]);
    expect(info).toMatchObject({ documents: 1, segments: 2, tokens: 4, tokenizer: "words", sources: ["a"] });
    const corpus = await openCorpus(store.path, "latest", ALL);
    expect(corpus.info).toEqual(info);
    expect(corpus.size("selfplay")).toBe(2);
    const second = await corpus.segment("selfplay", 1);
    expect(second).toEqual({
      id: `${A.id}:8-16`,
      document: A,
      start: 8,
      end: 16,
      text: "three 😀",
      tokens: 2,
    });
    expect(await corpus.find(second.id)).toEqual(second);
    expect((await corpus.find(A.id))?.start).toBe(0);
    expect((await corpus.find(A.id.slice(0, 12)))?.document).toEqual(A);
    expect(await corpus.find(`${A.id}:0-1`)).toBeNull();
    expect(await corpus.find("no id")).toBeNull();
    await expect(corpus.segment("eval", 0)).rejects.toThrow(RangeError);
    expect((await readdir(join(store.path, "documents"))).some((name) => name.startsWith("incoming"))).toBe(
      false,
    );
  });

  test("a snapshot is what it holds: order, repetition and shards do not matter", async () => {
    await using one = await tempFolder();
    await using other = await tempFolder();
    const first = await add(one.path, "a", [A]);
    const both = await add(one.path, "b", [B]);
    expect(both.id).not.toBe(first.id);
    expect(both).toMatchObject({ documents: 2, segments: 3, sources: ["a", "b"] });
    expect((await add(one.path, "a", [A])).id).toBe(both.id);
    await add(other.path, "b", [B], { shardBytes: 1 });
    expect((await add(other.path, "a", [A], { shardBytes: 1 })).id).toBe(both.id);
    // The older snapshot is still there, by the beginning of its id.
    const old = await openCorpus(one.path, first.id.slice(0, 10), ALL);
    expect(old.info).toEqual(first);
  });

  test("adding a source again replaces what it contributed", async () => {
    await using store = await tempFolder();
    await add(store.path, "a", [A]);
    await add(store.path, "b", [B]);
    const changed = makeDocument("a:1", "all new");
    const info = await add(store.path, "a", [changed]);
    expect(info).toMatchObject({ documents: 2, segments: 2 });
    const corpus = await openCorpus(store.path, "latest", ALL);
    expect(await corpus.find(A.id)).toBeNull();
    expect((await corpus.find(changed.id))?.text).toBe("all new");
  });

  test("adding a source under its new name replaces what the store has under an earlier name", async () => {
    await using store = await tempFolder();
    await add(store.path, "file:docs", [A]);
    await add(store.path, "b", [B]);
    const info = await add(store.path, "file:/home/docs", [makeDocument("a:1", "all new")], {
      formerSources: ["file:docs"],
    });
    expect(info).toMatchObject({ documents: 2, sources: ["b", "file:/home/docs"] });
  });

  test("a document whose facts changed is stored anew under its old id", async () => {
    await using store = await tempFolder();
    const before = await add(store.path, "a", [A]);
    const better = { ...A, facts: [{ field: "Capital", subject: "Chad", values: ["Ndjamena"] }] };
    const after = await add(store.path, "a", [better]);
    expect(after.id).not.toBe(before.id);
    const corpus = await openCorpus(store.path, "latest", ALL);
    expect((await corpus.find(A.id))?.document.facts).toEqual(better.facts);
  });

  test("splits hold together what shares a key, and evaluation stays held out", async () => {
    await using store = await tempFolder();
    const documents = Array.from({ length: 300 }, (_, index) =>
      makeDocument(`d:${index}`, `text ${index}`, { splitKey: `country ${index % 100}` }),
    );
    await add(store.path, "d", documents);
    const keys = async (warmupShare: number, evalShare: number) => {
      const corpus = await openCorpus(store.path, "latest", { warmupShare, evalShare });
      const of = async (split: "warmup" | "selfplay" | "eval") => {
        const segments = await Promise.all(
          Array.from({ length: corpus.size(split) }, (_, index) => corpus.segment(split, index)),
        );
        return new Set(segments.map(({ document }) => document.splitKey));
      };
      return { warmup: await of("warmup"), selfplay: await of("selfplay"), eval: await of("eval") };
    };
    const some = await keys(0.3, 0.2);
    expect(some.warmup.size + some.selfplay.size + some.eval.size).toBe(100);
    expect(some.warmup.size).toBeGreaterThan(15);
    expect(some.eval.size).toBeGreaterThan(8);
    const more = await keys(0.5, 0.2);
    expect(more.eval).toEqual(some.eval);
    for (const key of some.warmup) expect(more.warmup.has(key)).toBe(true);
    const none = await keys(0, 0);
    expect(none.selfplay.size).toBe(100);
  });

  test("opens only the kinds asked for", async () => {
    await using store = await tempFolder();
    await add(store.path, "s", [A, B]);
    const corpus = await openCorpus(store.path, "latest", ALL, ["prose"]);
    expect(corpus.size("selfplay")).toBe(1);
    expect(corpus.counts()).toEqual([
      { split: "selfplay", kind: "facts", documents: 1, segments: 2, tokens: 4 },
      { split: "selfplay", kind: "prose", documents: 1, segments: 1, tokens: 3 },
    ]);
    await expect(openCorpus(store.path, "latest", ALL, ["poetry"])).rejects.toMatchObject({
      code: "CORPUS_NOT_FOUND",
    });
  });
});

describe("an ingestion that was cut off", () => {
  test("goes on from what was stored", async () => {
    await using store = await tempFolder();
    const options = { store: store.path, source: "a", segmentation: SEGMENTATION };
    const cut = await openCorpusWriter(options);
    await cut.add(A, lines(A.text));
    await cut[Symbol.asyncDispose]();
    await appendFile(join(store.path, "documents", "incoming.jsonl"), '{"document":{"id":"torn');
    await expect(openCorpus(store.path, "latest", ALL)).rejects.toMatchObject({ code: "CORPUS_NOT_FOUND" });
    {
      await using writer = await openCorpusWriter(options);
      expect(await writer.known(A)).toEqual(lines(A.text));
      expect(await writer.known(B)).toBeNull();
      await writer.add(A, lines(A.text));
      await writer.add(B, lines(B.text));
      await writer.commit();
    }
    await using whole = await tempFolder();
    const expected = await add(whole.path, "a", [A, B]);
    const corpus = await openCorpus(store.path, "latest", ALL);
    expect(corpus.info).toEqual(expected);
    await using writer = await openCorpusWriter(options);
    expect(await writer.known(B)).toEqual(lines(B.text));
  });

  test("a second writer is refused", async () => {
    await using store = await tempFolder();
    const options = { store: store.path, source: "a", segmentation: SEGMENTATION };
    await using _first = await openCorpusWriter(options);
    await expect(openCorpusWriter(options)).rejects.toMatchObject({ code: "LOCKED", exit: 3 });
  });
});

describe("the list of what was left out", () => {
  const options = (store: string, source: string) => ({ store, source, segmentation: SEGMENTATION });
  const item = (where: string): LeftOut => ({ reason: "not_utf8", where, detail: "byte 4" });
  const listed = async (store: string) => {
    const lists = await leftOutLists(store);
    return Promise.all(lists.map(async ({ source, items }) => [source, await collect(items())]));
  };

  test("is kept for each source, whole, and replaced when the source is added again", async () => {
    await using store = await tempFolder();
    const many = Array.from({ length: 5000 }, (_, index) => item(`a:${index}`));
    const addWith = async (source: string, left: readonly LeftOut[]) => {
      await using writer = await openCorpusWriter(options(store.path, source));
      for (const one of left) await writer.leaveOut(one);
      await writer.add(A, lines(A.text));
      await writer.commit();
    };
    await addWith("b", [item("b:1")]);
    await addWith("a", many);
    expect(await listed(store.path)).toEqual([
      ["a", many],
      ["b", [item("b:1")]],
    ]);
    await addWith("a", []);
    expect(await listed(store.path)).toEqual([["b", [item("b:1")]]]);
  });

  test("is not changed by an ingestion that fails, and is kept for a source without documents", async () => {
    await using store = await tempFolder();
    {
      await using writer = await openCorpusWriter(options(store.path, "a"));
      await writer.leaveOut(item("a:1"));
    }
    expect(await listed(store.path)).toEqual([]);
    expect(await readdir(join(store.path, "left-out"))).toEqual([]);
    {
      await using writer = await openCorpusWriter(options(store.path, "a"));
      await writer.leaveOut(item("a:1"));
      await writer.keepLeftOut();
    }
    expect(await listed(store.path)).toEqual([["a", [item("a:1")]]]);
  });

  test("that is damaged is named", async () => {
    await using store = await tempFolder();
    await mkdir(join(store.path, "left-out"));
    await writeFile(join(store.path, "left-out", "0.jsonl"), "torn");
    await expect(leftOutLists(store.path)).rejects.toMatchObject({ code: "CORPUS_DAMAGED" });
  });
});

describe("a store that is damaged or does not fit says so", () => {
  const damage: readonly [string, RegExp, (path: string) => Promise<void>][] = [
    ["a shard cut short", /^[0-9a-f]{32}\.jsonl$/, (path) => truncate(path, 10)],
    ["a shard that is gone", /^[0-9a-f]{32}\.jsonl$/, (path) => rm(path)],
    ["an index that is gone", /\.idx$/, (path) => rm(path)],
    ["an index with another byte", /\.idx$/, (path) => flip(path, 20)],
    ["a table with another byte", /\.segments$/, (path) => flip(path, 24)],
    ["a table cut short", /\.segments$/, (path) => truncate(path, 40)],
    ["a torn snapshot", /^[0-9a-f]{64}\.json$/, (path) => truncate(path, 30)],
  ];
  test.each(damage)("%s", async (_, name, harm) => {
    await using store = await tempFolder();
    await add(store.path, "a", [A, B]);
    await harm(await fileNamed(store.path, name));
    await expect(openCorpus(store.path, "latest", ALL)).rejects.toMatchObject({
      code: "CORPUS_DAMAGED",
      exit: 5,
    });
  });

  test("a changed text is found when it is read", async () => {
    await using store = await tempFolder();
    await add(store.path, "b", [B]);
    const path = await fileNamed(store.path, /^[0-9a-f]{32}\.jsonl$/);
    await writeFile(path, (await readFile(path, "utf8")).replace("four", "FOUR"));
    const corpus = await openCorpus(store.path, "latest", ALL);
    await expect(corpus.segment("selfplay", 0)).rejects.toMatchObject({ code: "CORPUS_DAMAGED" });
  });

  test("a store without documents takes the segmentation of the next source", async () => {
    await using store = await tempFolder();
    {
      // This source adds nothing, as a folder without a usable document.
      await using _writer = await openCorpusWriter({
        store: store.path,
        source: "nothing",
        segmentation: { ...SEGMENTATION, maxTokens: 9 },
      });
    }
    await add(store.path, "a", [A]);
    expect((await openCorpus(store.path, "latest", ALL)).info.documents).toBe(1);
  });

  test("other limits, no store, unknown snapshot, impossible shares", async () => {
    await using store = await tempFolder();
    await expect(openCorpus(store.path, "latest", ALL)).rejects.toMatchObject({
      code: "CORPUS_NOT_FOUND",
      exit: 2,
    });
    await add(store.path, "a", [A]);
    await expect(openCorpus(store.path, "0123456789", ALL)).rejects.toMatchObject({
      code: "CORPUS_NOT_FOUND",
    });
    await expect(
      openCorpus(store.path, "latest", { warmupShare: 0.7, evalShare: 0.4 }),
    ).rejects.toMatchObject({
      code: "CORPUS_SHARES",
      exit: 2,
    });
    const segmentation = { ...SEGMENTATION, maxTokens: 9 };
    await expect(add(store.path, "a", [A], { segmentation })).rejects.toMatchObject({
      code: "CORPUS_SEGMENTATION",
      message: expect.stringContaining("maxTokens 4, not 9"),
    });
  });
});

async function fileNamed(store: string, name: RegExp): Promise<string> {
  const files = await readdir(store, { recursive: true });
  const found = files.find((file) => name.test(file.split("/").at(-1) ?? ""));
  return join(store, found ?? "missing");
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
}
