import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { sha256 } from "../../src/adapters/hash/sha256.js";
import { readPairs } from "../../src/adapters/pairs/read-pairs.js";
import { exportPairs } from "../../src/cli/runs/export-pairs.js";
import { needsCorpus, taskFilter } from "../../src/cli/runs/task-filter.js";
import { taskEntries } from "../../src/core/analysis/listing/task-list.js";
import type { Segment } from "../../src/core/records/document.js";
import type { Episode } from "../../src/core/records/episode.js";
import { makeEpisode, makeProposal } from "../support/episodes.js";
import { makeTask } from "../support/fixtures.js";

const ID = "3fa4c1d2".padEnd(64, "0");
const TEXT = "Chad became independent on 11 August 1960. Its capital is N'Djamena.";

const segment: Segment = {
  id: `${ID}:0-${TEXT.length}`,
  document: {
    id: ID,
    text: TEXT,
    title: "Chad: Government",
    sourceUri: "file:///docs/chad.md",
    licence: "MIT",
    language: "en",
    splitKey: "chad",
    subject: "Chad",
    kind: "prose",
    facts: [],
  },
  start: 0,
  end: TEXT.length,
  text: TEXT,
  tokens: 20,
};

const find = async (id: string) => (segment.id.startsWith(id) ? segment : null);

const task = (id: string, changes: object) =>
  makeProposal({ task: { ...makeTask(), id, options: [], shuffled: [], ...changes }, passRate: 0.5 });

const episode: Episode = {
  ...makeEpisode([
    task("one", {
      question: "When did Chad become independent?",
      answer: "11 August 1960",
      answerType: "date",
    }),
    task("two", {
      question: "What is the capital of Chad?",
      answer: "N'Djamena",
      answerType: "mcq",
      shuffled: ["Abuja", "N'Djamena", "Niamey", "Bangui"],
    }),
    task("three", { answer: "a text that no document has", answerType: "string" }),
  ]),
  segmentId: segment.id,
  documentId: ID,
};

async function* twice(): AsyncGenerator<Episode> {
  yield episode;
  yield { ...episode, step: 2 };
}

describe("the selection of tasks", () => {
  test.each([
    [{ document: "3fa4c1d2" }, 3],
    [{ document: segment.id }, 3],
    [{ document: "11111111" }, 0],
    [{ document: "chad: gov" }, 3],
    [{ document: "Mali" }, 0],
    [{ source: "file:///docs/" }, 3],
    [{ source: "///docs/" }, 3],
    [{ source: "./elsewhere" }, 0],
    [{ source: "npm:" }, 0],
    [{ type: "date" as const }, 1],
    [{ type: "date" as const, document: "Mali" }, 0],
    [{}, 3],
  ])("%j selects %i of 3", async (selection, count) => {
    const selected = taskFilter(selection, find);
    const found = await Promise.all(taskEntries(episode).map(selected));
    expect(found.filter(Boolean)).toHaveLength(count);
  });

  test("titles and sources need the corpus, ids and types do not", () => {
    expect([{ document: "Chad" }, { source: "npm:" }].map(needsCorpus)).toEqual([true, true]);
    expect([{ document: "3fa4c1d2" }, { type: "date" as const }, {}].map(needsCorpus)).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe("exported tasks", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "spice-export-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("are pairs that the warm start reads; repeats and answers without evidence are counted", async () => {
    const path = join(folder, "pairs.jsonl");
    const counts = await exportPairs({
      episodes: twice(),
      selected: async () => true,
      findSegment: find,
      path,
      limit: Number.POSITIVE_INFINITY,
      force: false,
    });
    expect(counts).toEqual({ pairs: 2, repeats: 2, withoutEvidence: 2, wrongGold: 0, withoutDocument: 0 });
    const { texts, pairs, contradicted } = await readPairs(path, sha256);
    expect([texts.length, pairs, contradicted]).toEqual([1, 2, []]);
    expect(texts[0]?.segment.document.title).toBe("Chad: Government");
    expect(texts[0]?.pairs).toEqual([
      expect.objectContaining({ answerType: "date", answer: "11 August 1960", wrong: [] }),
      expect.objectContaining({ answerType: "string", wrong: ["Abuja", "Niamey", "Bangui"] }),
    ]);
  });

  test("a limit stops the export, and documents that the corpus does not have are left out", async () => {
    const path = join(folder, "few.jsonl");
    const given = { selected: async () => true, path, limit: 1, force: true };
    expect(await exportPairs({ ...given, episodes: twice(), findSegment: find })).toMatchObject({ pairs: 1 });
    expect((await readFile(path, "utf8")).trim().split("\n")).toHaveLength(1);
    const none = await exportPairs({ ...given, episodes: twice(), findSegment: async () => null });
    expect(none).toMatchObject({ pairs: 0, withoutDocument: 6 });
  });

  test("a file that exists is replaced only with --force", async () => {
    const path = join(folder, "mine.jsonl");
    const given = { selected: async () => true, findSegment: find, path, limit: 1 };
    await writeFile(path, "mine\n");
    await expect(exportPairs({ ...given, episodes: twice(), force: false })).rejects.toMatchObject({
      code: "FILE_EXISTS",
      where: path,
      exit: 2,
    });
    expect(await readFile(path, "utf8")).toBe("mine\n");
    await exportPairs({ ...given, episodes: twice(), force: true });
    expect(await readFile(path, "utf8")).toContain("11 August 1960");
  });
});
