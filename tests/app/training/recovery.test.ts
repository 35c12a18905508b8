import { describe, expect, test } from "@jest/globals";
import { train } from "../../../src/app/training/train.js";
import type { TrainDeps } from "../../../src/app/training/train-deps.js";
import { WarmupMaterial } from "../../../src/app/training/warmup-material.js";
import type { Experiment } from "../../../src/core/experiment/experiment.js";
import { experiment as base } from "../../support/experiment.js";
import { corpus, halfRight } from "../../support/game.js";
import { MemoryRunStore, sha256, silentLogger, silentSink, stoppedClock } from "../../support/memory.js";
import { ScriptedTrainer } from "../../support/scripted-trainer.js";

const always = { signal: new AbortController().signal, stopRequested: () => false };

/**
 * Five steps with a checkpoint every second one. A repeat is noted, not refused: every step has
 * something to train, and the episodes show what the run remembers.
 */
const experiment: Experiment = {
  ...base,
  steps: 5,
  challenger: { ...base.challenger, groupSize: 2, maxProposals: 2, chunk: 2 },
  run: { ...base.run, saveEverySteps: 2 },
  admission: {
    ...base.admission,
    duplicates: "count",
    nearDuplicates: { ...base.admission.nearDuplicates, check: "count" },
    openBook: { ...base.admission.openBook, attempts: 1, required: 1 },
  },
};
/**
 * The fewest steps with every way to come back: a step before a checkpoint, and one to train again
 * behind it.
 */
const short = { ...experiment, steps: 4 };
const warm = {
  ...short,
  warmup: { ...short.warmup, enabled: true, steps: 2, documentsPerStep: 2, learningRate: 1e-4 },
};

const depsOf = (trainer: TrainDeps["trainer"], store: TrainDeps["store"], config: Experiment): TrainDeps => ({
  experiment: config,
  trainer,
  corpus,
  store,
  sink: silentSink,
  telemetry: { drain: async () => ({}) },
  clock: stoppedClock,
  logger: silentLogger,
  hash: sha256,
});

class Killed extends Error {}

/** Throws at the n-th call of a method through it: before the call has its effect, or after. */
function killer(at: number, when: "before" | "after") {
  let calls = 0;
  const wrap = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function" || typeof name !== "string") return value;
        return (...args: unknown[]) => {
          calls += 1;
          const dies = calls === at;
          if (dies && when === "before") throw new Killed();
          const result: unknown = value.apply(target, args);
          if (!dies) return result;
          if (name === "sample" || name === "episodes") return cutShort(result as AsyncIterable<unknown>);
          if (!(result instanceof Promise)) throw new Killed();
          return result.then(() => {
            throw new Killed();
          });
        };
      },
    });
  return { wrap, calls: () => calls };
}

/** Everything of a stream but its end. */
async function* cutShort(stream: AsyncIterable<unknown>) {
  yield* stream;
  throw new Killed();
}

/** Everything that a run leaves, as text: thousands of outcomes are compared. */
const outcomeOf = (store: MemoryRunStore, trainer: ScriptedTrainer) =>
  JSON.stringify(
    {
      start: store.start?.policyDigest,
      commits: store.commits,
      status: store.status,
      updates: trainer.step,
    },
    null,
    1,
  );

describe.each([
  ["without a warm start", short],
  ["with a warm start", warm],
])("a run killed at any call, %s", (_, config) => {
  test.each(["before", "after"] as const)("%s it took effect, ends as if it had not been", async (when) => {
    const wholeStore = new MemoryRunStore();
    const wholeTrainer = new ScriptedTrainer(halfRight);
    const counter = killer(Number.POSITIVE_INFINITY, "before");
    await train(depsOf(counter.wrap(wholeTrainer), counter.wrap(wholeStore), config), always);
    const whole = outcomeOf(wholeStore, wholeTrainer);
    expect(counter.calls()).toBeGreaterThan(30);
    // Every step moves the weights and shows what is remembered: a step less, or a step twice, is
    // another outcome.
    expect(new Set(wholeStore.commits.map((one) => one.policyDigest)).size).toBe(config.steps);
    expect(whole).toContain('"code": "duplicate"');

    for (let at = 1; at <= counter.calls(); at += 1) {
      const store = new MemoryRunStore();
      const disk = new Map<string, number>();
      const { wrap } = killer(at, when);
      const first = new ScriptedTrainer(halfRight, undefined, disk);
      await expect(train(depsOf(wrap(first), wrap(store), config), always)).rejects.toThrow(Killed);
      const second = new ScriptedTrainer(halfRight, undefined, disk);
      await train(depsOf(second, store, config), always);
      expect(`killed at ${at}: ${outcomeOf(store, second)}`).toBe(`killed at ${at}: ${whole}`);
    }
  });
});

async function stoppedAfter(steps: number, disk: Map<string, number>): Promise<MemoryRunStore> {
  const store = new MemoryRunStore();
  const deps = depsOf(new ScriptedTrainer(halfRight, undefined, disk), store, { ...experiment, steps });
  await train(deps, always);
  return store;
}

/** Recorded steps after `from` that changed the weights. */
const updatesAfter = (from: number, store: MemoryRunStore): number =>
  [...store.batches].filter(([step, { batch }]) => step > from && batch !== null).length;

test("steps after the checkpoint are trained from their recorded batches, never sampled again", async () => {
  const disk = new Map<string, number>();
  const store = await stoppedAfter(5, disk);
  disk.delete("000005");
  disk.delete("000004");
  const again = new ScriptedTrainer(halfRight, undefined, disk);
  const summary = await train(depsOf(again, store, experiment), always);
  const policyDigest = store.commits.at(-1)?.policyDigest;
  expect(summary).toMatchObject({ steps: 5, finished: true, policyDigest });
  expect(again.requests).toEqual([]);
  expect(again.batches).toHaveLength(updatesAfter(2, store));
  expect(store.events.filter((event) => event === "checkpoint_unusable")).toHaveLength(2);
});

test("without any usable checkpoint the run is built again from its start and its batches", async () => {
  const disk = new Map<string, number>();
  const store = await stoppedAfter(3, disk);
  disk.clear();
  const again = new ScriptedTrainer(halfRight, undefined, disk);
  await train(depsOf(again, store, experiment), always);
  expect(updatesAfter(0, store)).toBeGreaterThan(1);
  expect(again.batches).toHaveLength(updatesAfter(0, store));
  expect(store.commits.map((one) => one.step)).toEqual([1, 2, 3, 4, 5]);
});

test("the warm start takes its material once; it is asked for again only when every checkpoint is lost", async () => {
  const disk = new Map<string, number>();
  const store = new MemoryRunStore();
  let opened = 0;
  const material = await WarmupMaterial.open(warm, corpus, [], sha256);
  const go = (steps: number) =>
    train(
      {
        ...depsOf(new ScriptedTrainer(halfRight, undefined, disk), store, { ...warm, steps }),
        warmupMaterial: async () => {
          opened += 1;
          return material;
        },
      },
      always,
    );
  await go(1);
  await go(2);
  expect(opened).toBe(1);
  disk.clear();
  expect(await go(3)).toMatchObject({ steps: 3, finished: true });
  expect(opened).toBe(2);
});

test("a batch that is missing is played again from its step on", async () => {
  const disk = new Map<string, number>();
  const store = await stoppedAfter(3, disk);
  const before = structuredClone(store.commits);
  disk.delete("000003");
  store.batches.delete(3);
  const again = new ScriptedTrainer(halfRight, undefined, disk);
  await train(depsOf(again, store, experiment), always);
  expect(store.events).toContain("batch_missing");
  expect(again.requests.length).toBeGreaterThan(0);
  expect(store.commits.slice(0, 3).map((one) => one.episodes)).toEqual(before.map((one) => one.episodes));
});

test("a trainer that declares itself exact and gets other weights halts the run", async () => {
  const disk = new Map<string, number>();
  const store = await stoppedAfter(3, disk);
  disk.clear();
  expect(updatesAfter(0, store)).toBeGreaterThan(0);
  const again = new ScriptedTrainer(halfRight, undefined, disk);
  const publish = again.publish.bind(again);
  again.publish = async () => {
    const version = await publish();
    return again.batches.length > 0 ? { ...version, digest: "other" } : version;
  };
  await expect(train(depsOf(again, store, experiment), always)).rejects.toMatchObject({
    code: "REPLAY_DIVERGED",
    exit: 5,
  });
  expect(store.committed).toBe(3);
});
