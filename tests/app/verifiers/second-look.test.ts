import { expect, test } from "@jest/globals";
import type { AnswerJudge, AnswerPair, SecondOpinion } from "../../../src/app/ports/verifiers.js";
import { replayRun } from "../../../src/app/runs/replay.js";
import { train } from "../../../src/app/training/train.js";
import type { TrainDeps } from "../../../src/app/training/train-deps.js";
import type {
  Experiment,
  JudgeConfig,
  SecondOpinionConfig,
} from "../../../src/core/experiment/experiment.js";
import type { Opinion } from "../../../src/core/truth/opinion.js";
import { experiment } from "../../support/experiment.js";
import { corpus, halfRight, roleOf, smallProposal, subjectOf, trainerOf } from "../../support/game.js";
import { MemoryRunStore, sha256, silentLogger, silentSink, stoppedClock } from "../../support/memory.js";
import type { Reply } from "../../support/scripted-trainer.js";

const always = { signal: new AbortController().signal, stopRequested: () => false };
const verdict = (value: "correct" | "wrong" | "unparsable"): Opinion => ({
  kind: "verdict",
  verdict: value,
  detail: "",
});
const TIMEOUT: Opinion = { kind: "infrastructure", cause: "timeout", detail: "" };

/** Questions whose answers are whole numbers: half the blind answers are right. */
const integers: Experiment = {
  ...experiment,
  steps: 2,
  challenger: {
    ...experiment.challenger,
    mix: [{ format: { kind: "free", answerType: "integer" }, share: 1 }],
  },
  admission: {
    ...experiment.admission,
    // The answer stands in no document, and every question is the same.
    ...{ evidence: "off", derivable: "off", alignment: "off", answerKind: "off" },
    ...{ duplicates: "off", nearDuplicates: { check: "off", similarity: 1 }, siblings: "any" },
    openBook: { ...experiment.admission.openBook, attempts: 0, required: 0 },
  },
};
const counting = (prompt: string, seed: bigint): string => {
  if (roleOf(prompt) === "proposal")
    return smallProposal(`How many people live in ${subjectOf(prompt)}?`, "1234");
  return seed % 2n === 0n ? "1,234" : "99";
};

class Opinions implements SecondOpinion {
  readonly asked: AnswerPair[] = [];
  constructor(private readonly say: (pair: AnswerPair) => Opinion) {}
  async check(pair: AnswerPair): Promise<Opinion> {
    this.asked.push(pair);
    return this.say(pair);
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

interface Ran {
  readonly store: MemoryRunStore;
  readonly warnings: readonly string[];
}

async function run(
  base: Experiment,
  script: (prompt: string, seed: bigint) => Reply,
  second: Partial<SecondOpinionConfig>,
  others: Pick<TrainDeps, "secondOpinion" | "judge">,
  judge: Partial<JudgeConfig> = {},
): Promise<Ran> {
  const store = new MemoryRunStore();
  const warnings: string[] = [];
  const { secondOpinion, judge: judgeBase } = base.verification;
  const deps: TrainDeps = {
    experiment: {
      ...base,
      verification: {
        secondOpinion: { ...secondOpinion, ...second },
        judge: { ...judgeBase, ...judge },
      },
    },
    trainer: trainerOf(script),
    ...{ corpus, store, sink: silentSink, clock: stoppedClock, hash: sha256 },
    telemetry: { drain: async () => ({}) },
    logger: { ...silentLogger, warn: (message) => warnings.push(message) },
    ...others,
  };
  await train(deps, always);
  return { store, warnings };
}

const honest = (pair: AnswerPair): Opinion =>
  verdict(pair.answer.replace(",", "") === pair.gold ? "correct" : "wrong");

test("a second opinion that agrees is counted, changes nothing and raises no warning", async () => {
  const plain = await run(integers, counting, {}, {});
  const opinions = new Opinions(honest);
  const looked = await run(integers, counting, { mode: "measure" }, { secondOpinion: opinions });
  const [first] = looked.store.commits;
  expect(first?.metrics["second_opinion_checked"]).toBeGreaterThan(0);
  expect(first?.metrics).toMatchObject({ second_opinion_disagreed: 0, second_opinion_timeouts: 0 });
  expect(looked.store.commits.map((one) => one.episodes)).toEqual(
    plain.store.commits.map((one) => one.episodes),
  );
  expect(Object.keys(plain.store.commits[0]?.metrics ?? {})).not.toContain("second_opinion_checked");
  expect(looked.warnings).toEqual([]);
});

test("a disagreement is counted, warned of and, in review mode, noted with both verdicts", async () => {
  const contrary = new Opinions(() => verdict("wrong"));
  const { store, warnings } = await run(integers, counting, { mode: "review" }, { secondOpinion: contrary });
  const rights = store.commits[0]?.episodes
    .flatMap((one) => one.proposals.flatMap((proposal) => proposal.attempts))
    .filter((one) => one.verdict === "correct");
  expect(rights?.length).toBeGreaterThan(0);
  expect(store.reviews[0]).toEqual({
    step: 1,
    taskId: expect.any(String),
    segmentId: expect.any(String),
    attempt: expect.any(Number),
    kind: "blind",
    answerType: "integer",
    question: expect.stringContaining("How many people"),
    gold: "1234",
    answer: "1,234",
    native: "correct",
    second: "wrong",
    by: "math-verify",
    rewarded: "native",
  });
  expect(warnings.length).toBeGreaterThan(0);
});

test("measuring alone writes nothing down", async () => {
  const contrary = new Opinions(() => verdict("wrong"));
  const { store } = await run(integers, counting, { mode: "measure" }, { secondOpinion: contrary });
  expect(store.commits[0]?.metrics["second_opinion_disagreed"]).toBeGreaterThan(0);
  expect(store.reviews).toEqual([]);
});

test("a timeout is no verdict: it is counted apart and disagrees with nobody", async () => {
  const late = new Opinions(() => TIMEOUT);
  const { store, warnings } = await run(integers, counting, { mode: "review" }, { secondOpinion: late });
  expect(store.commits[0]?.metrics).toMatchObject({
    second_opinion_checked: 0,
    second_opinion_disagreed: 0,
    second_opinion_disagreed_share: null,
    second_opinion_timeout_share: 1,
  });
  expect(store.reviews).toEqual([]);
  expect(warnings.length).toBeGreaterThan(0);
});

test("the share is drawn by the seed: the same answers in every run, and fewer of them", async () => {
  const drawn = async (share: number) => {
    const opinions = new Opinions(honest);
    await run({ ...integers, steps: 6 }, counting, { mode: "measure", share }, { secondOpinion: opinions });
    return opinions.asked;
  };
  const [some, again, all] = [await drawn(0.4), await drawn(0.4), await drawn(1)];
  expect(some).toEqual(again);
  expect(some.length).toBeGreaterThan(0);
  expect(some.length).toBeLessThan(all.length);
});

test("answers of types that math-verify cannot read are not asked about", async () => {
  const opinions = new Opinions(() => verdict("correct"));
  await run(experiment, halfRight, { mode: "measure" }, { secondOpinion: opinions });
  expect(opinions.asked).toEqual([]);
});

const judgeSaying = (opinion: Opinion): AnswerJudge => ({ assess: async () => opinion });

test("a doubting judge notes what it doubts and changes no reward", async () => {
  const plain = await run(experiment, halfRight, {}, {});
  const { store } = await run(
    experiment,
    halfRight,
    {},
    { judge: judgeSaying(verdict("wrong")) },
    { mode: "doubt" },
  );
  expect(store.reviews.length).toBeGreaterThan(0);
  expect(store.reviews.every((one) => one.by === "judge" && one.native === "correct")).toBe(true);
  expect(store.commits.map((one) => one.episodes)).toEqual(plain.store.commits.map((one) => one.episodes));
});

test("a rescuing judge makes wrong answers correct, and the run still replays exactly", async () => {
  const { store } = await run(
    experiment,
    halfRight,
    {},
    { judge: judgeSaying(verdict("correct")) },
    { mode: "rescue", maxShare: 1 },
  );
  const proposals = store.commits.flatMap((one) => one.episodes.flatMap((episode) => episode.proposals));
  const rescued = proposals.flatMap((one) => one.attempts).filter((one) => one.rescuedBy === "judge");
  expect(rescued.length).toBeGreaterThan(0);
  expect(proposals.every((one) => one.passRate === null || one.passRate === 1)).toBe(true);
  expect(store.reviews.every((one) => one.rewarded === "second" && one.native === "wrong")).toBe(true);
  const replayed = await replayRun(experiment, store.episodes());
  expect(replayed.differences).toEqual([]);
});

test("open-book answers are never rescued: admission stays with the rules", async () => {
  const lost = (prompt: string, seed: bigint) =>
    roleOf(prompt) === "open-book" ? "Nowhere" : halfRight(prompt, seed);
  const { store } = await run(
    experiment,
    lost,
    {},
    { judge: judgeSaying(verdict("correct")) },
    { mode: "rescue", maxShare: 1 },
  );
  expect(store.commits.every((one) => one.metrics["tasks"] === 0)).toBe(true);
});

test("a judge that would earn too much of the reward stops the step, which is not trained", async () => {
  const store = run(
    experiment,
    halfRight,
    {},
    { judge: judgeSaying(verdict("correct")) },
    { mode: "rescue", maxShare: 0.1 },
  );
  await expect(store).rejects.toMatchObject({ code: "JUDGE_SHARE", exit: 4 });
});

test("a judge that fails leaves every verdict as the rules gave it", async () => {
  const plain = await run(experiment, halfRight, {}, {});
  const { store } = await run(
    experiment,
    halfRight,
    {},
    { judge: judgeSaying(TIMEOUT) },
    { mode: "rescue", maxShare: 0 },
  );
  expect(store.commits.map((one) => one.episodes)).toEqual(plain.store.commits.map((one) => one.episodes));
  expect(store.commits[0]?.metrics["judge_timeouts"]).toBeGreaterThan(0);
});
