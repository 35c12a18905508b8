import { expect, test } from "@jest/globals";
import { EXIT } from "../../../src/app/errors.js";
import { replayRun } from "../../../src/app/runs/replay.js";
import { train } from "../../../src/app/training/train.js";
import type { TrainDeps } from "../../../src/app/training/train-deps.js";
import { experiment } from "../../support/experiment.js";
import { corpus, halfRight, trainerOf } from "../../support/game.js";
import { MemoryRunStore, sha256, silentLogger, silentSink, stoppedClock } from "../../support/memory.js";
import { ScriptedTrainer } from "../../support/scripted-trainer.js";

function depsOf(
  trainer: ScriptedTrainer,
  store: MemoryRunStore,
  changes: Partial<typeof experiment> = {},
): TrainDeps {
  return {
    experiment: { ...experiment, ...changes },
    trainer,
    corpus,
    store,
    sink: silentSink,
    telemetry: { drain: async () => ({}) },
    clock: stoppedClock,
    logger: silentLogger,
    hash: sha256,
  };
}

const always = { signal: new AbortController().signal, stopRequested: () => false };

test("every step is trained, published and committed, with checkpoints where configured and at the end", async () => {
  const trainer = trainerOf(halfRight);
  const store = new MemoryRunStore();
  const summary = await train(depsOf(trainer, store), always);
  expect(summary).toMatchObject({ steps: 3, finished: true });
  expect(store.commits.map((one) => one.step)).toEqual([1, 2, 3]);
  expect(trainer.saved).toEqual(["000002", "000003"]);
  expect(store.status).toBe("finished");
});

test("the progress of a step begins before its first document is finished", async () => {
  const reports: string[] = [];
  const sink = { ...silentSink, progress: (phase: string, done: number) => reports.push(`${phase} ${done}`) };
  await train({ ...depsOf(trainerOf(halfRight), new MemoryRunStore(), { steps: 1 }), sink }, always);
  const documents = reports.filter((one) => one.startsWith("documents "));
  expect(documents.slice(0, 2)).toEqual(["documents 0", "documents 1"]);
});

test("a stop request ends after the step with a checkpoint, and resuming gives what an undisturbed run gives", async () => {
  const whole = new MemoryRunStore();
  await train(depsOf(trainerOf(halfRight), whole), always);

  const store = new MemoryRunStore();
  const stopAfterTwo = { ...always, stopRequested: () => store.committed >= 1 };
  const disk = new Map<string, number>();
  const trainer = () => new ScriptedTrainer(halfRight, undefined, disk);
  const stopped = await train(depsOf(trainer(), store), stopAfterTwo);
  expect(stopped).toMatchObject({ finished: false });
  expect(store.status).toBe("interrupted");

  await train(depsOf(trainer(), store), always);
  const strip = (one: MemoryRunStore) => one.commits.map(({ checkpoint: _, ...rest }) => rest);
  expect(strip(store)).toEqual(strip(whole));
});

test("memory, canaries and cumulative gold accuracy after a kill are those of a run that was never killed", async () => {
  const whole = new MemoryRunStore();
  await train(depsOf(trainerOf(halfRight), whole), always);

  for (const step of [1, 2, 3])
    for (const phase of ["stage", "commit"] as const) {
      const store = new MemoryRunStore();
      const disk = new Map<string, number>();
      const killed = new Error("killed");
      // Killed before anything of the step is kept, or when its batch was staged and trained but
      // the step does not count yet.
      const whenAlive = store[phase].bind(store) as (step: never) => Promise<void>;
      store[phase] = async (one: { readonly step: number }) => {
        if (one.step === step) throw killed;
        return whenAlive(one as never);
      };
      const trainer = () => new ScriptedTrainer(halfRight, undefined, disk);
      await expect(train(depsOf(trainer(), store), always)).rejects.toBe(killed);
      store[phase] = whenAlive;
      await train(depsOf(trainer(), store), always);
      const kept = (one: MemoryRunStore) =>
        one.commits.map(({ episodes, metrics }) => ({ episodes, metrics }));
      expect(kept(store)).toEqual(kept(whole));
    }

  const last = whole.commits.at(-1);
  const canaries = whole.commits.flatMap(({ episodes }) => episodes.flatMap((one) => one.canaries ?? []));
  const planted = canaries.filter((one) => one.kind === "right_answer").length;
  // A step in which everything was asked before has no attempt to test the verifier beside.
  expect(planted).toBeGreaterThanOrEqual(2);
  expect(last?.metrics).toMatchObject({
    canary_right_answer_verifier_total: planted,
    gold_accuracy_total: 1,
  });
});

test("a loss that is not finite stops the run with the guard's exit code and commits nothing", async () => {
  const trainer = trainerOf(halfRight);
  trainer.outcome = { nonFinite: true, loss: Number.NaN };
  const store = new MemoryRunStore();
  await expect(train(depsOf(trainer, store), always)).rejects.toMatchObject({
    code: "NON_FINITE_LOSS",
    exit: EXIT.guard,
  });
  expect(store.commits).toHaveLength(0);
});

test("a step of which the engine lost too many samples is not trained", async () => {
  const trainer = trainerOf(() => ({ text: "", reason: "error" }));
  const store = new MemoryRunStore();
  await expect(train(depsOf(trainer, store), always)).rejects.toMatchObject({ code: "INFRASTRUCTURE_SHARE" });
  expect(trainer.batches).toHaveLength(0);
});

test("replay finds no difference in a recorded run, and finds one that was made", async () => {
  const store = new MemoryRunStore();
  await train(depsOf(trainerOf(halfRight), store), always);
  const clean = await replayRun(experiment, store.episodes());
  expect(clean).toMatchObject({ episodes: 6, differences: [] });

  async function* tampered() {
    for await (const episode of store.episodes()) {
      yield {
        ...episode,
        proposals: episode.proposals.map((one) => ({
          ...one,
          reward: one.reward === null ? null : one.reward + 1e-9,
        })),
      };
    }
  }
  const found = await replayRun(experiment, tampered());
  expect(found.differences.length).toBeGreaterThan(0);
});

test("the warm start trains by cross-entropy, is published before step 1 and is audited", async () => {
  const trainer = trainerOf(halfRight);
  const store = new MemoryRunStore();
  const config = { ...experiment.warmup, enabled: true, steps: 2, documentsPerStep: 2, learningRate: 1e-4 };
  await train(depsOf(trainer, store, { warmup: config }), always);
  expect(trainer.batches.slice(0, 2).map((one) => one.loss.kind)).toEqual(["cross_entropy", "cross_entropy"]);
  expect(trainer.batches[2]?.loss.kind).toBe("policy_gradient");
  expect(store.events).toContain("warmup");
});

test("the progress of the warm start names the loss of its first and its last step", async () => {
  const reports: string[] = [];
  const sink = {
    ...silentSink,
    progress: (phase: string, done: number, _total: number, note?: string) =>
      reports.push(`${phase} ${done} ${note}`),
  };
  const warmup = { ...experiment.warmup, enabled: true, steps: 2, documentsPerStep: 2, learningRate: 1e-4 };
  const deps = depsOf(trainerOf(halfRight), new MemoryRunStore(), { warmup, steps: 1 });
  await train({ ...deps, sink }, always);
  const [begin, first, second] = reports.filter((one) => one.startsWith("warm start "));
  expect(begin).toBe("warm start 0 undefined");
  expect(first).toMatch(/^warm start 1 loss \d+\.\d\d$/);
  expect(second).toMatch(/^warm start 2 loss \d+\.\d\d → \d+\.\d\d$/);
});

test("a warm start with few tasks ends before it teaches a task more than three times", async () => {
  const warmup = {
    ...experiment.warmup,
    enabled: true,
    steps: 500,
    maxRepeats: 3,
    documentsPerStep: 2,
    learningRate: 1e-4,
  };
  const reports: string[] = [];
  const sink = {
    ...silentSink,
    progress: (phase: string, _done: number, _total: number, note?: string) =>
      reports.push(`${phase}: ${note}`),
  };
  const trainer = trainerOf(halfRight);
  await train({ ...depsOf(trainer, new MemoryRunStore(), { warmup, steps: 1 }), sink }, always);
  const steps = trainer.batches.filter(({ loss }) => loss.kind === "cross_entropy").length;
  const told = reports.find((one) => one.startsWith("warm start: "));
  const [, tasks = ""] = /(\d+) tasks?, so/.exec(told ?? "") ?? [];
  expect(told).toBe(`warm start: ${tasks} tasks, so ${steps} steps of 500`);
  expect(steps).toBe(Math.ceil((3 * Number(tasks)) / (2 * 6)));
});

test("what the trainer measured in the warm start is not among the numbers of step 1", async () => {
  const trainer = trainerOf(halfRight);
  const store = new MemoryRunStore();
  let seen = 0;
  const drain = async () => {
    const trained = trainer.batches.length - seen;
    seen = trainer.batches.length;
    return { "trainer.batches": trained };
  };
  const warmup = { ...experiment.warmup, enabled: true, steps: 2, documentsPerStep: 2, learningRate: 1e-4 };
  await train({ ...depsOf(trainer, store, { warmup, steps: 1 }), telemetry: { drain } }, always);
  expect(store.commits.map((one) => one.metrics["trainer.batches"])).toEqual([1]);
});

test("the numbers of a step are waited for by the last work of the step", async () => {
  const waited: (string | null)[] = [];
  const drain = async (last: string | null) => {
    waited.push(last);
    return {};
  };
  const store = new MemoryRunStore();
  await train({ ...depsOf(trainerOf(halfRight), store), telemetry: { drain } }, always);
  // Before step 1, then step 1 without a checkpoint, and steps 2 and 3 with a checkpoint.
  expect(waited).toEqual([null, "publish", "save", "save"]);
});

test("warm-start examples of a document share its tokens, and only what the model should write is weighted", async () => {
  const trainer = trainerOf(halfRight);
  const config = { ...experiment.warmup, enabled: true, steps: 1, documentsPerStep: 2, learningRate: 1e-4 };
  await train(depsOf(trainer, new MemoryRunStore(), { warmup: config }), always);
  const [batch] = trainer.batches;
  if (batch === undefined) throw new Error("one warm-start step");
  expect(batch.prompts.length).toBeLessThan(batch.sequences.length);
  let weighted = 0;
  for (const { promptRef, completionIds, weights } of batch.sequences) {
    const asked = weights.indexOf(1);
    const text = String.fromCharCode(
      ...(batch.prompts[promptRef] ?? []),
      ...completionIds.subarray(0, asked),
    );
    expect(text).toMatch(/(Question|Answer):$/);
    expect([...weights.subarray(asked)].every((weight) => weight === 1)).toBe(true);
    weighted += weights.length - asked;
  }
  expect(batch.normalizer).toBe(weighted);
});

/** A Challenger that writes nothing that can be read: no step has a gradient. */
const unreadable = () => ({ text: "nothing", logprob: -1 });

test("a run that trains nothing stops after train.stopWhenIdle steps, with every step committed", async () => {
  const store = new MemoryRunStore();
  const idle = { train: { ...experiment.train, stopWhenIdle: 2 }, steps: 9 };
  const run = train(depsOf(trainerOf(unreadable), store, idle), always);
  await expect(run).rejects.toMatchObject({ code: "NOTHING_TRAINED", exit: EXIT.guard });
  expect(store.commits.map((one) => one.metrics["trained_sequences"])).toEqual([0, 0]);
});

test("without train.stopWhenIdle it goes on to its end", async () => {
  const store = new MemoryRunStore();
  const idle = { train: { ...experiment.train, stopWhenIdle: null } };
  const summary = await train(depsOf(trainerOf(unreadable), store, idle), always);
  expect(summary).toMatchObject({ finished: true, steps: 3 });
});
