import { describe, expect, test } from "@jest/globals";
import type { PolicyMark, RunStore, StagedStep, StepCommit } from "../../src/app/ports/runs.js";
import { stepName } from "../../src/app/ports/runs.js";
import type { CheckpointInfo } from "../../src/app/ports/trainer.js";
import type { Episode } from "../../src/core/records/episode.js";
import type { ReviewRecord } from "../../src/core/truth/review.js";

/** A run store under test, and what a test needs to see of it beside the port. */
export interface RunStoreUnderTest {
  readonly store: RunStore;
  /** Put a checkpoint's weights where the store looks for them. */
  saveWeights(step: number): Promise<CheckpointInfo>;
  /** What `review` has kept, in order. */
  reviews(): Promise<readonly ReviewRecord[]>;
  /** Names of the audit events since the run was created, in order. */
  events(): Promise<readonly string[]>;
  /** What `setStatus` said last. */
  status(): Promise<string>;
  /** End the process that writes the run, and open the run again. */
  reopen(): Promise<RunStore>;
}

const start: PolicyMark = { policyVersion: 1, policyDigest: "start", checkpoint: null };

const optim = {
  learningRate: 1e-6,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradNorm: null,
  resetMoments: false,
};

const commitOf = (step: number, changes: Partial<StepCommit> = {}): StepCommit => ({
  step,
  episodes: [0, 1].map((slot) => ({ step, slot, segmentId: `ségment ${slot}` }) as Episode),
  metrics: { step, reward: step / 3 },
  policyVersion: step + 1,
  policyDigest: `digest-${step}`,
  checkpoint: null,
  ...changes,
});

const stagedOf = (step: number, changes: Partial<StagedStep> = {}): StagedStep => ({
  step,
  episodes: commitOf(step).episodes,
  optim,
  batch: {
    prompts: [Int32Array.of(step, 2, 3)],
    sequences: [],
    loss: { kind: "cross_entropy" },
    normalizer: 1,
  },
  sampled: { promptTokens: 1, completionTokens: 2, retries: 0, seconds: 3, cpuSeconds: 4 },
  ...changes,
});

const reviewOf = (step: number, answer: string): ReviewRecord => ({
  ...{ step, taskId: "t", segmentId: "s", attempt: 0, kind: "blind", answerType: "integer" },
  ...{ question: "How many?", gold: "12", answer, native: "correct", second: "wrong" },
  ...{ by: "math-verify", rewarded: "native" },
});

const stepsOf = async (store: RunStore): Promise<string[]> => {
  const all: string[] = [];
  for await (const { step, slot } of store.episodes()) all.push(`${step}/${slot}`);
  return all;
};

/**
 * What every run store does. The directory store and the one in memory pass the same tests, so that
 * a test on the one in memory says something about runs.
 *
 * @param open makes a run of no step; it is disposed at the end of the test
 */
export function runStoreContract(
  name: string,
  open: () => Promise<RunStoreUnderTest & AsyncDisposable>,
): void {
  describe(`run store: ${name}`, () => {
    test("a run that was just created holds nothing", async () => {
      await using run = await open();
      const { store } = run;
      expect([store.committed, store.mark(0), store.mark(1)]).toEqual([0, null, null]);
      expect([await store.staged(), await store.recorded(1), await store.checkpoints()]).toEqual([
        null,
        null,
        [],
      ]);
      expect(await stepsOf(store)).toEqual([]);
    });

    test("steps count in the order in which they were committed, without waiting between them", async () => {
      await using run = await open();
      await Promise.all([1, 2, 3].map((step) => run.store.commit(commitOf(step))));
      expect(run.store.committed).toBe(3);
      expect(await stepsOf(run.store)).toEqual(["1/0", "1/1", "2/0", "2/1", "3/0", "3/1"]);
      const again = await run.reopen();
      expect(again.committed).toBe(3);
      const episodes: Episode[] = [];
      for await (const one of again.episodes()) episodes.push(one);
      expect(episodes).toEqual([1, 2, 3].flatMap((step) => commitOf(step).episodes));
    });

    test.each([1, 2])("a step that is committed already is refused: %i of 2", async (step) => {
      await using run = await open();
      await run.store.commit(commitOf(1));
      await run.store.commit(commitOf(2));
      await expect(run.store.commit(commitOf(step, { policyDigest: "other" }))).rejects.toThrow(RangeError);
      expect(run.store.committed).toBe(2);
      expect(run.store.mark(step)?.policyDigest).toBe(`digest-${step}`);
      expect(await stepsOf(run.store)).toHaveLength(4);
    });

    test("what was given to the store may change afterwards", async () => {
      await using run = await open();
      const commit = {
        ...commitOf(1),
        episodes: [{ step: 1, slot: 0 } as { -readonly [K in keyof Episode]: Episode[K] }],
      };
      const staged = stagedOf(1);
      await run.store.stage(staged);
      staged.batch?.prompts[0]?.fill(0);
      expect(await run.store.recorded(1)).toEqual({ optim, batch: stagedOf(1).batch });
      await run.store.commit(commit);
      for (const episode of commit.episodes) episode.slot = 9;
      expect(await stepsOf(run.store)).toEqual(["1/0"]);
    });

    test("numbers that JSON cannot hold come back as null", async () => {
      await using run = await open();
      const episode = { step: 1, slot: 0, passRate: Number.NaN, gone: undefined } as unknown as Episode;
      await run.store.commit(commitOf(1, { episodes: [episode] }));
      for await (const one of run.store.episodes())
        expect(Object.entries(one)).toEqual([
          ["step", 1],
          ["slot", 0],
          ["passRate", null],
        ]);
      expect.assertions(1);
    });

    test("the start may be noted again, and the last one is the start", async () => {
      await using run = await open();
      await run.store.begin(start);
      expect(run.store.mark(0)).toEqual(start);
      const checkpoint = await run.saveWeights(0);
      await run.store.begin({ ...start, checkpoint });
      expect(run.store.mark(0)).toEqual({ ...start, checkpoint });
      expect((await run.reopen()).mark(0)).toEqual({ ...start, checkpoint });
    });

    test("a step has a mark once it is committed", async () => {
      await using run = await open();
      await run.store.begin(start);
      await run.store.commit(commitOf(1));
      expect(run.store.mark(1)).toMatchObject({
        policyVersion: 2,
        policyDigest: "digest-1",
        checkpoint: null,
      });
      expect([run.store.mark(2), run.store.mark(-1)]).toEqual([null, null]);
      expect(run.store.mark(0)).toEqual(start);
    });

    test.each(["start", "step", "rewind"])("nobody but the store writes the event %s", async (event) => {
      await using run = await open();
      await expect((async () => run.store.audit(event, {}))()).rejects.toThrow(RangeError);
      expect([await run.events(), run.store.committed, run.store.mark(0)]).toEqual([[], 0, null]);
    });

    test("events are kept in order, the store's own among them", async () => {
      await using run = await open();
      await run.store.begin(start);
      await run.store.audit("warmup", { steps: 2 });
      await run.store.stage(stagedOf(1));
      await run.store.commit(commitOf(1));
      await run.store.rewind(0);
      await run.store.setStatus("finished");
      expect(await run.events()).toEqual(["start", "warmup", "step", "rewind", "status"]);
      expect(await run.status()).toBe("finished");
    });

    test("a staged step is there until it is committed, also for the process that comes after", async () => {
      await using run = await open();
      await run.store.stage(stagedOf(1));
      expect(await run.store.staged()).toEqual(stagedOf(1));
      const again = await run.reopen();
      expect(await again.staged()).toEqual(stagedOf(1));
      await again.commit(commitOf(1));
      expect(await again.staged()).toBeNull();
    });

    test("a step that is staged again replaces what it was", async () => {
      await using run = await open();
      await run.store.stage(stagedOf(1));
      const other = stagedOf(1, { batch: null, opinions: { opinion_total: 3 } });
      await run.store.stage(other);
      expect(await run.store.staged()).toEqual(other);
      expect(await run.store.recorded(1)).toEqual({ optim, batch: null });
    });

    test("only the step after the last committed one counts as staged", async () => {
      await using run = await open();
      await run.store.stage(stagedOf(2));
      expect(await run.store.staged()).toBeNull();
      await run.store.commit(commitOf(1));
      expect((await run.store.staged())?.step).toBe(2);
    });

    test("the batch of a committed step stays: its tensors, its optimiser, and nothing else", async () => {
      await using run = await open();
      for (const step of [1, 2]) {
        await run.store.stage(stagedOf(step));
        await run.store.commit(commitOf(step));
      }
      expect(await run.store.recorded(1)).toEqual({ optim, batch: stagedOf(1).batch });
      expect(await (await run.reopen()).recorded(2)).toEqual({ optim, batch: stagedOf(2).batch });
      expect(await run.store.recorded(3)).toBeNull();
    });

    test("a rewind drops the steps after it, and they may be committed again", async () => {
      await using run = await open();
      for (const step of [1, 2, 3]) await run.store.commit(commitOf(step));
      await run.store.rewind(1);
      expect([run.store.committed, run.store.mark(2), run.store.mark(3)]).toEqual([1, null, null]);
      expect(await stepsOf(run.store)).toEqual(["1/0", "1/1"]);
      await run.store.commit(commitOf(2, { policyDigest: "again" }));
      const again = await run.reopen();
      expect([again.committed, again.mark(2)?.policyDigest]).toEqual([2, "again"]);
    });

    test.each([3, 5])("a rewind to step %i of 3 changes nothing", async (to) => {
      await using run = await open();
      for (const step of [1, 2, 3]) await run.store.commit(commitOf(step));
      const events = await run.events();
      await run.store.rewind(to);
      expect([run.store.committed, await run.events()]).toEqual([3, events]);
    });

    test("after a rewind only the step that was staged last can be staged still", async () => {
      await using run = await open();
      for (const step of [1, 2, 3]) {
        await run.store.stage(stagedOf(step));
        await run.store.commit(commitOf(step));
      }
      await run.store.rewind(2);
      expect((await run.store.staged())?.step).toBe(3);
      await run.store.rewind(1);
      expect(await run.store.staged()).toBeNull();
    });

    test("checkpoints come newest first, the start's last, and go with the steps that are rewound", async () => {
      await using run = await open();
      const [zero, one, three] = [
        await run.saveWeights(0),
        await run.saveWeights(1),
        await run.saveWeights(3),
      ];
      await run.store.begin({ ...start, checkpoint: zero });
      await run.store.commit(commitOf(1, { checkpoint: one }));
      await run.store.commit(commitOf(2));
      await run.store.commit(commitOf(3, { checkpoint: three }));
      expect(await run.store.checkpoints()).toEqual([three, one, zero]);
      await run.store.rewind(2);
      expect(await run.store.checkpoints()).toEqual([one, zero]);
      expect(await (await run.reopen()).checkpoints()).toEqual([one, zero]);
    });

    test("a step's reviews replace those of the same step and of later ones", async () => {
      await using run = await open();
      const told = async () => (await run.reviews()).map(({ step, answer }) => `${step} ${answer}`);
      await run.store.review(1, [reviewOf(1, "a")]);
      await run.store.review(2, [reviewOf(2, "b"), reviewOf(2, "c")]);
      await run.store.review(3, [reviewOf(3, "d")]);
      expect(await told()).toEqual(["1 a", "2 b", "2 c", "3 d"]);
      await run.store.review(2, [reviewOf(2, "e")]);
      expect(await told()).toEqual(["1 a", "2 e"]);
      await run.store.review(2, []);
      expect(await told()).toEqual(["1 a"]);
      await run.store.review(
        3,
        Array.from({ length: 101 }, (_, index) => reviewOf(3, String(index))),
      );
      expect((await told()).slice(-2)).toEqual(["3 98", "3 99"]);
    });
  });
}

/** The checkpoint of a step, as a trainer tells of it. */
export function checkpointOf(step: number): CheckpointInfo {
  return { path: stepName(step), step, digest: `weights-${step}`, bytes: 7 };
}
