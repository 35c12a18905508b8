import { expect, test } from "@jest/globals";
import { playStep } from "../../../src/app/self-play/play-step.js";
import { type StepContext, stepContext } from "../../../src/app/self-play/step-context.js";
import { AskedTasks } from "../../../src/core/admission/repeats/asked-tasks.js";
import type { Experiment } from "../../../src/core/experiment/experiment.js";
import { challengerReward } from "../../../src/core/game/rewards/rewards.js";
import { keyed } from "../../../src/core/random/rng.js";
import { experiment } from "../../support/experiment.js";
import {
  capitalOf,
  halfRight,
  proposal,
  roleOf,
  segments,
  smallProposal,
  subjectOf,
  trainerOf,
} from "../../support/game.js";
import { sha256 } from "../../support/memory.js";
import type { Reply, ScriptedTrainer } from "../../support/scripted-trainer.js";

function contextOf(
  trainer: ScriptedTrainer,
  changes: Partial<Experiment> = {},
  askedTasks = new AskedTasks(experiment.admission),
): StepContext {
  return stepContext(
    {
      experiment: { ...experiment, ...changes },
      sampler: trainer,
      policyVersion: null,
      askedTasks,
      evaluations: null,
      hash: sha256,
      signal: new AbortController().signal,
      progress: () => undefined,
    },
    1,
  );
}

const rewardOf = (correct: number, graded: number) =>
  challengerReward({ blind: { correct, graded }, open: { correct: 0, graded: 0 } }, experiment.reward);

/** Up to N proposals, `chunk` at once. */
const wide = (maxProposals: number, chunk: number) => ({ ...experiment.challenger, maxProposals, chunk });

/** Only the n-th proposal is well-formed, told by its seed. */
function validAt(index: number, order?: (indices: number[]) => number[]): ScriptedTrainer {
  const seeds = segments.map(({ id }) => keyed(experiment.seed, 1, id, "proposal", index).seed64());
  return trainerOf((prompt, seed) => {
    if (roleOf(prompt) !== "proposal") return halfRight(prompt, seed);
    return seeds.includes(seed) ? proposal(subjectOf(prompt)) : "Sorry, no.";
  }, order);
}

/** Half of the proposals ask for the capital, half for the language. */
function twoQuestions(prompt: string, seed: bigint): Reply {
  const subject = subjectOf(prompt);
  const language =
    segments.find((one) => one.document.subject === subject)?.document.facts[1]?.values[0] ?? "";
  if (roleOf(prompt) === "proposal")
    return seed % 2n === 0n
      ? proposal(subject)
      : smallProposal(`What is the language of ${subject}?`, language);
  const answer = /language of/.test(prompt.slice(prompt.lastIndexOf("Question:")))
    ? language
    : capitalOf(subject);
  return roleOf(prompt) === "open-book" || seed % 2n === 0n ? answer : "Nowhere";
}

const play = (context: StepContext, count = 2) => playStep(context, segments.slice(0, count));

test("a repeated question is admitted once; its repeats are refused and priced as invalid", async () => {
  const {
    episodes: [first],
  } = await play(contextOf(trainerOf(halfRight)));
  const proposals = first?.proposals ?? [];
  expect(proposals.map((one) => one.refusal)).toEqual([null, "duplicate", "duplicate", "duplicate"]);
  const [admitted, repeat] = proposals;
  const right = admitted?.attempts.filter((one) => one.verdict === "correct").length ?? -1;
  expect(admitted?.reward).toBe(rewardOf(right, 4));
  expect(repeat?.reward).toBe(-0.1);
  expect(admitted?.gold).toBe("right");
});

test("no token is spent on a document whose own checks refuse it, and its episode says why", async () => {
  const trainer = trainerOf(halfRight);
  const [first, ...rest] = segments;
  if (first === undefined) throw new Error("there are segments");
  const optedOut = { ...first, document: { ...first.document, optOut: true as const } };
  const played = await playStep(contextOf(trainer), [optedOut, ...rest]);
  expect(played.episodes[0]).toMatchObject({
    documentRefusal: { code: "document_opted_out" },
    proposals: [],
    reasoner: null,
  });
  expect(
    JSON.stringify(trainer.requests.map(({ prompts }) => prompts.map((one) => one.prompt))),
  ).not.toContain(first.document.subject);
  expect(played.episodes.slice(1).every(({ proposals }) => proposals.length > 0)).toBe(true);
  expect(played.batch?.sequences.length).toBeGreaterThan(0);
});

test("the same question with another gold is judged by its own attempts", async () => {
  const languageOf = (subject: string) =>
    segments.find((one) => one.document.subject === subject)?.document.facts[1]?.values[0] ?? "";
  const trainer = trainerOf((prompt, seed) => {
    const subject = subjectOf(prompt);
    if (roleOf(prompt) !== "proposal") return halfRight(prompt, seed);
    const gold = seed % 2n === 0n ? capitalOf(subject) : languageOf(subject);
    return smallProposal(`What is the capital of ${subject}?`, gold);
  });
  const admission = { ...experiment.admission, siblings: "any", alignment: "off" } as const;
  const played = await playStep(contextOf(trainer, { admission }), segments);
  const read = played.episodes.flatMap(({ proposals }) => proposals);
  const wrong = read.filter(({ task, gold }) => task !== null && gold === "wrong");
  expect(wrong.length).toBeGreaterThan(0);
  expect(new Set(wrong.map(({ refusal }) => refusal))).toEqual(new Set(["open_book_failed"]));
  expect(read.some(({ refusal }) => refusal === null)).toBe(true);
});

test("with `siblings: any` repeats of one document are tasks too, and share their attempts", async () => {
  const trainer = trainerOf(halfRight);
  const admission = { ...experiment.admission, siblings: "any" as const };
  const {
    episodes: [first],
  } = await play(contextOf(trainer, { admission }), 1);
  const proposals = first?.proposals ?? [];
  expect(proposals.map((one) => one.refusal)).toEqual([null, null, null, null]);
  expect(new Set(proposals.map((one) => one.reward)).size).toBe(1);
  // Proposals, one open-book check, one set of blind attempts.
  expect(trainer.requests).toHaveLength(experiment.admission.openBook.attempts > 0 ? 3 : 2);
});

test("what an earlier step asked is refused before any rollout is spent on it", async () => {
  const trainer = trainerOf(halfRight);
  const {
    episodes: [first],
  } = await play(contextOf(trainer), 1);
  const asked = new AskedTasks(experiment.admission);
  const task = first?.proposals[0]?.task;
  if (task == null) throw new Error("the first proposal is admitted");
  asked.remember([task]);
  const again = trainerOf(halfRight);
  await play(contextOf(again, {}, asked), 1);
  expect(again.requests).toHaveLength(1);
});

test("a question that the document does not answer is refused by the open-book check", async () => {
  const lost = trainerOf((prompt, seed) =>
    roleOf(prompt) === "open-book" ? "I do not know" : halfRight(prompt, seed),
  );
  const {
    episodes: [first],
  } = await play(contextOf(lost), 1);
  expect(first?.proposals[0]?.refusal).toBe("open_book_failed");
  expect(first?.proposals[0]?.openBook).toHaveLength(4);
  expect(first?.proposals[0]?.attempts).toHaveLength(0);
});

test("the order in which samples finish changes nothing", async () => {
  const forward = await play(contextOf(trainerOf(halfRight)));
  const backward = await play(contextOf(trainerOf(halfRight, (indices) => indices.reverse())));
  expect(backward.episodes).toEqual(forward.episodes);
  expect(backward.batch).toEqual(forward.batch);
  expect(backward.batch).not.toBeNull();
});

test("blind attempts never see the document", async () => {
  const trainer = trainerOf(halfRight);
  await play(contextOf(trainer));
  const blind = trainer.requests.flatMap((one) => one.prompts).map((one) => JSON.stringify(one.prompt));
  const withoutDocument = blind.filter(
    (prompt) => !segments.some((one) => prompt.includes(one.text.split("\n")[1] ?? "?")),
  );
  expect(withoutDocument).toHaveLength(2);
  for (const prompt of withoutDocument) expect(prompt).not.toContain("Languages:");
});

test("with N above G, proposals are drawn until one is valid, and the group keeps the valid share", async () => {
  const {
    episodes: [first],
  } = await play(contextOf(validAt(5), { challenger: wide(16, 4) }), 1);
  const proposals = first?.proposals ?? [];
  expect(proposals.map((one) => one.index)).toEqual([0, 1, 2, 3, 4, 5]);
  const selected = proposals.filter((one) => one.selected);
  expect(selected).toHaveLength(4);
  expect(selected.filter((one) => one.refusal === null)).toHaveLength(1);
});

test("what is kept ends at the deciding proposal, whatever the window and the order of arrival", async () => {
  const played = [];
  for (const chunk of [1, 3, 4, 16, 64])
    for (const order of [undefined, (indices: number[]) => indices.reverse()]) {
      const {
        episodes: [first],
      } = await play(contextOf(validAt(5, order), { challenger: wide(64, chunk) }), 1);
      played.push(first);
    }
  for (const episode of played) expect(episode).toEqual(played[0]);
  expect(played[0]?.proposals).toHaveLength(6);
});

test("a proposal is checked while others are still being written, and enough valid ones cancel the rest", async () => {
  let written = 0;
  let writtenAtFirstCheck: number | null = null;
  const trainer = trainerOf((prompt, seed) => {
    if (roleOf(prompt) === "proposal") written += 1;
    if (roleOf(prompt) === "open-book") writtenAtFirstCheck ??= written;
    return halfRight(prompt, seed);
  });
  const {
    episodes: [first],
  } = await play(contextOf(trainer, { challenger: wide(64, 64) }), 1);
  expect(first?.proposals).toHaveLength(4);
  expect(writtenAtFirstCheck).toBeLessThan(8);
  expect(written).toBeLessThan(64);
});

test("when half of the window is settled without a valid one, more are asked for before the other half is", async () => {
  const trainer = validAt(40);
  await play(contextOf(trainer, { challenger: wide(64, 8) }), 1);
  const sizes = trainer.requests
    .filter(
      ({ prompts }) => roleOf(JSON.stringify(prompts[0]?.prompt).replaceAll("\\n", "\n")) === "proposal",
    )
    .map(({ prompts }) => prompts[0]?.seeds.length);
  expect(sizes[0]).toBe(8);
  expect(Math.max(...sizes.slice(1).map(Number))).toBeLessThan(8);
});

test("N proposals without a valid one are all of them kept", async () => {
  const {
    episodes: [first],
  } = await play(
    contextOf(
      trainerOf(() => "Sorry, no."),
      { challenger: wide(10, 4) },
    ),
    1,
  );
  expect(first?.proposals).toHaveLength(10);
  expect(first?.reasoner).toBeNull();
});

test("a stream that fails fails the step, once", async () => {
  const trainer = trainerOf((prompt, seed) => {
    if (roleOf(prompt) === "open-book") throw new Error("the engine is gone");
    return halfRight(prompt, seed);
  });
  await expect(play(contextOf(trainer, { challenger: wide(64, 8) }))).rejects.toThrow("the engine is gone");
});

test("early stopping draws no more on agreed tasks, but the Reasoner trains on all its attempts", async () => {
  const reasoner = { ...experiment.reasoner, groupSize: 8, earlyStop: 4 };
  const allWrong = (prompt: string, seed: bigint) =>
    roleOf(prompt) === "blind" ? "Nowhere" : twoQuestions(prompt, seed);
  const {
    episodes: [first],
  } = await play(contextOf(trainerOf(allWrong), { reasoner }), 1);
  const { proposals = [], reasoner: group } = first ?? {};
  const drawn = proposals.filter((one) => one.refusal === null);
  expect(drawn.map((one) => one.attempts.length).sort()).toEqual([4, 8]);
  expect(drawn.find((one) => one.index === group?.proposalIndex)?.attempts).toHaveLength(8);
  expect(group?.rewards).toHaveLength(8);
  for (const one of drawn) expect(one.reward).toBe(rewardOf(0, 8));
});

test("attempts that early stopping does draw are the ones that would have been drawn without it", async () => {
  const full = { ...experiment.reasoner, groupSize: 8 };
  /** All wrong, and every attempt in its own words. */
  const allWrong = (prompt: string, seed: bigint) =>
    roleOf(prompt) === "blind" ? `Nowhere ${seed}` : twoQuestions(prompt, seed);
  const play8 = (earlyStop: number | null) =>
    play(contextOf(trainerOf(allWrong), { reasoner: { ...full, earlyStop } }), 1);
  const {
    episodes: [whole],
  } = await play8(null);
  const {
    episodes: [stopped],
  } = await play8(4);
  const texts = (one: typeof whole) =>
    one?.proposals.map(({ attempts }) => attempts.map(({ index, text }) => `${index} ${text}`)) ?? [];
  expect(texts(stopped).flat().length).toBeGreaterThan(0);
  expect(texts(stopped).flat().length).toBeLessThan(texts(whole).flat().length);
  texts(stopped).forEach((drawn, place) => {
    expect(drawn).toEqual(texts(whole)[place]?.slice(0, drawn.length));
  });
});

test("the batch holds both roles, leaves out zero advantages and counts every sequence in Z", async () => {
  const context = contextOf(trainerOf(halfRight));
  const { batch } = await play(context);
  if (batch === null) throw new Error("there is variance");
  // Two documents, four proposals and four attempts each, 64 tokens at most.
  expect(batch.normalizer).toBe(16 * 64);
  for (const one of batch.sequences) expect(one.advantages[0]).not.toBe(0);
  const challenger = batch.sequences.filter((one) => one.groupId === "1/0/c");
  const sum = challenger.reduce((total, one) => total + (one.advantages[0] ?? 0), 0);
  expect(sum).toBeCloseTo(0, 6);
  expect(new Set(batch.sequences.map((one) => one.role))).toEqual(new Set(["challenger", "reasoner"]));
});

test("a step without variance has no batch", async () => {
  const hopeless = trainerOf(() => "Sorry, no.");
  const { episodes, batch } = await play(contextOf(hopeless));
  expect(batch).toBeNull();
  expect(episodes[0]?.proposals.every((one) => one.reward === -0.1)).toBe(true);
});

test("an attempt lost to the engine is not a wrong answer", async () => {
  let blind = 0;
  const flaky = trainerOf((prompt, seed) => {
    if (roleOf(prompt) !== "blind") return halfRight(prompt, seed);
    blind += 1;
    return blind % 2 === 0 ? { text: "", reason: "error" } : capitalOf(subjectOf(prompt));
  });
  const {
    episodes: [first],
  } = await play(contextOf(flaky), 1);
  expect(first?.proposals[0]?.passRate).toBe(1);
});
