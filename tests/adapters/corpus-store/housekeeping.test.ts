import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { openCorpusWriter } from "../../../src/adapters/corpus-store/corpus-writer.js";
import {
  listSnapshots,
  removeSnapshot,
  removeSource,
  snapshotNamed,
} from "../../../src/adapters/corpus-store/housekeeping.js";
import { leftOutLists } from "../../../src/adapters/corpus-store/left-out.js";
import { openCorpus } from "../../../src/adapters/corpus-store/open-corpus.js";
import { sha256 } from "../../../src/adapters/hash/sha256.js";
import type { SnapshotInfo } from "../../../src/core/records/document.js";
import { tempFolder } from "../support/temp-folder.js";

const SEGMENTATION = { tokenizer: "words", minTokens: 1, maxTokens: 4, version: 1 };
const ALL = { warmupShare: 0, evalShare: 0 };

/** Adds one document with this text as a source, and dates its snapshot. */
async function add(store: string, source: string, text: string, day: number): Promise<SnapshotInfo> {
  await using writer = await openCorpusWriter({ store, source, segmentation: SEGMENTATION });
  await writer.leaveOut({ reason: "no_text", where: source, detail: "empty" });
  const document = {
    id: sha256(`${source}\n${text}`),
    text,
    title: source,
    sourceUri: source,
    licence: "CC0-1.0",
    language: "en",
    splitKey: source,
    subject: "",
    kind: "prose",
    facts: [],
  };
  await writer.add(document, [{ start: 0, end: text.length, tokens: 1 }]);
  const info = await writer.commit();
  const date = new Date(Date.UTC(2026, 0, day));
  await utimes(join(store, "snapshots", `${info.id}.json`), date, date);
  return info;
}

const shards = async (store: string) =>
  (await readdir(join(store, "documents"))).filter((name) => name.endsWith(".jsonl"));

describe("keeping a corpus store", () => {
  test("lists the snapshots, newest first, and an empty or missing store as nothing", async () => {
    await using store = await tempFolder();
    expect(await listSnapshots(join(store.path, "none"))).toEqual([]);
    const first = await add(store.path, "a", "one", 1);
    const both = await add(store.path, "b", "two", 2);
    expect(await listSnapshots(store.path)).toEqual([
      { ...both, publishedAt: "2026-01-02T00:00:00.000Z", isLatest: true },
      { ...first, publishedAt: "2026-01-01T00:00:00.000Z", isLatest: false },
    ]);
  });

  test("removes a snapshot with the documents that no other snapshot uses", async () => {
    await using store = await tempFolder();
    const first = await add(store.path, "a", "one", 1);
    const changed = await add(store.path, "a", "changed", 2);
    expect(await shards(store.path)).toHaveLength(2);
    const removed = await removeSnapshot(store.path, first.id);
    expect(removed).toMatchObject({ id: first.id, shards: 1, latest: changed.id });
    expect(removed.bytes).toBeGreaterThan(0);
    expect(await shards(store.path)).toHaveLength(1);
    expect(await readdir(join(store.path, "snapshots"))).toHaveLength(2);
    const corpus = await openCorpus(store.path, "latest", ALL);
    expect((await corpus.segment("selfplay", 0)).text).toBe("changed");
  });

  test("after the latest was removed, the newest of the others is the latest; the last leaves nothing", async () => {
    await using store = await tempFolder();
    const first = await add(store.path, "a", "one", 1);
    const both = await add(store.path, "b", "two", 2);
    expect(await removeSnapshot(store.path, both.id)).toMatchObject({ latest: first.id, shards: 1 });
    expect((await openCorpus(store.path, "latest", ALL)).info.id).toBe(first.id);
    expect(await removeSnapshot(store.path, first.id)).toMatchObject({ latest: null, shards: 1 });
    expect(await shards(store.path)).toEqual([]);
    await expect(openCorpus(store.path, "latest", ALL)).rejects.toMatchObject({ code: "CORPUS_NOT_FOUND" });
    // A store without snapshots can be filled again.
    expect((await add(store.path, "a", "one", 3)).id).toBe(first.id);
  });

  test("a removed source is in earlier snapshots only, and its list goes", async () => {
    await using store = await tempFolder();
    const first = await add(store.path, "a", "one", 1);
    await add(store.path, "file:docs", "two", 2);
    expect(await removeSource(store.path, ["file:/home/docs", "file:docs"])).toEqual(first);
    expect((await leftOutLists(store.path)).map(({ source }) => source)).toEqual(["a"]);
    expect(await listSnapshots(store.path)).toHaveLength(2);
    await expect(removeSource(store.path, ["c"])).rejects.toMatchObject({
      code: "SOURCE_NOT_LISTED",
      exit: 2,
    });
    await expect(removeSource(store.path, ["a"])).rejects.toMatchObject({ code: "SOURCE_LAST", exit: 2 });
  });

  test("a snapshot is named by latest or the beginning of its id; other names are no snapshots", async () => {
    await using store = await tempFolder();
    const { id } = await add(store.path, "a", "one", 1);
    expect(await snapshotNamed(store.path, "latest")).toBe(id);
    expect(await snapshotNamed(store.path, id.slice(0, 8))).toBe(id);
    expect(await snapshotNamed(store.path, "docs")).toBeNull();
    await expect(snapshotNamed(store.path, "00000000")).rejects.toMatchObject({ code: "CORPUS_NOT_FOUND" });
  });

  test("is refused while another process writes, and without a store", async () => {
    await using store = await tempFolder();
    const { id } = await add(store.path, "a", "one", 1);
    {
      await using _writer = await openCorpusWriter({
        store: store.path,
        source: "b",
        segmentation: SEGMENTATION,
      });
      await expect(removeSnapshot(store.path, id)).rejects.toMatchObject({ code: "LOCKED", exit: 3 });
    }
    const nowhere = join(store.path, "none");
    await expect(removeSource(nowhere, ["a"])).rejects.toMatchObject({ code: "CORPUS_NOT_FOUND" });
  });
});
