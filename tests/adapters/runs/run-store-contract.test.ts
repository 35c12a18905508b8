import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createRun } from "../../../src/adapters/runs/create-run.js";
import type { DirectoryRunStore } from "../../../src/adapters/runs/directory-run-store.js";
import { openRun } from "../../../src/adapters/runs/open-run.js";
import { readRun } from "../../../src/adapters/runs/read-run.js";
import type { ReviewRecord } from "../../../src/core/truth/review.js";
import { MemoryRunStore } from "../../support/memory.js";
import { checkpointOf, runStoreContract } from "../../support/run-store-contract.js";
import { collect, FIXED_CLOCK, runOptions } from "../support/run-fixtures.js";
import { tempFolder } from "../support/temp-folder.js";

/** Events of the life of a directory, which a store in memory does not have. */
const OF_DIRECTORIES = new Set(["created", "opened"]);

runStoreContract("a directory", async () => {
  const root = await tempFolder();
  let store: DirectoryRunStore = await createRun(runOptions(root.path));
  const { directory } = store;
  return {
    store,
    saveWeights: async (step) => {
      const checkpoint = checkpointOf(step);
      await mkdir(join(directory, "checkpoints", checkpoint.path));
      await writeFile(join(directory, "checkpoints", checkpoint.path, "model.safetensors"), "weights");
      return checkpoint;
    },
    reviews: async () => {
      const text = await readFile(join(directory, "review.jsonl"), "utf8");
      return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as ReviewRecord]));
    },
    events: async () => {
      const events = await collect((await readRun(directory)).audit());
      return events.map(({ event }) => event).filter((event) => !OF_DIRECTORIES.has(event));
    },
    status: async () => (await readRun(directory)).info.status,
    reopen: async () => {
      await store[Symbol.asyncDispose]();
      store = await openRun(directory, { clock: FIXED_CLOCK });
      return store;
    },
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      await root[Symbol.asyncDispose]();
    },
  };
});

runStoreContract("in memory, for tests", async () => {
  const store = new MemoryRunStore();
  return {
    store,
    saveWeights: async (step) => checkpointOf(step),
    reviews: async () => store.reviews,
    events: async () => [...store.events],
    status: async () => store.status,
    reopen: async () => store,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
});
