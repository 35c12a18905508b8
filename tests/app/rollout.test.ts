import { expect, test } from "@jest/globals";
import { buildBatch } from "../../src/app/batch.js";
import { rollout } from "../../src/app/rollout.js";
import type { RolloutContext } from "../../src/app/rollout-context.js";
import { TaskMemory } from "../../src/core/admission/memory.js";
import type { Experiment } from "../../src/core/experiment.js";
import { promptFamily } from "../../src/core/prompts/index.js";
import { challengerReward } from "../../src/core/rewards.js";
import { sha256 } from "../support/memory.js";
import type { ScriptedTrainer } from "../support/scripted-trainer.js";
import { experiment } from "./experiment.js";
import { capitalOf, halfRight, proposal, roleOf, segments, subjectOf, trainerOf } from "./game.js";

function contextOf(
  trainer: ScriptedTrainer,
  changes: Partial<Experiment> = {},
  memory = new TaskMemory(experiment.admission),
): RolloutContext {
  const changed = { ...experiment, ...changes };
  return {
    step: 1,
    experiment: changed,
    family: promptFamily(changed.challenger.prompts),
    sampler: trainer,
    policyVersion: null,
    memory,
    hash: sha256,
    usage: { promptTokens: 0, completionTokens: 0 },
    signal: new AbortController().signal,
  };
}

const play = (context: RolloutContext, count = 2) =>
  rollout(context, segments.slice(0, count), () => undefined);

test("a repeated question is admitted once; its repeats are refused and priced as invalid", async () => {
  const [first] = await play(contextOf(trainerOf(halfRight)));
  const proposals = first?.episode.proposals ?? [];
  expect(proposals.map((one) => one.refusal)).toEqual([null, "duplicate", "duplicate", "duplicate"]);
  const [admitted, repeat] = proposals;
  const right = admitted?.attempts.filter((one) => one.verdict === "correct").length ?? -1;
  expect(admitted?.reward).toBe(challengerReward(right, 4, experiment.reward));
  expect(repeat?.reward).toBe(-0.1);
  expect(admitted?.gold).toBe("right");
});

test("with `siblings: any` repeats of one document are tasks too, and share their attempts", async () => {
  const trainer = trainerOf(halfRight);
  const admission = { ...experiment.admission, siblings: "any" as const };
  const [first] = await play(contextOf(trainer, { admission }), 1);
  const proposals = first?.episode.proposals ?? [];
  expect(proposals.map((one) => one.refusal)).toEqual([null, null, null, null]);
  expect(new Set(proposals.map((one) => one.reward)).size).toBe(1);
  // Proposals, one open-book check, one set of blind attempts.
  expect(trainer.requests).toHaveLength(experiment.admission.openBook.attempts > 0 ? 3 : 2);
});

test("what an earlier step asked is refused before any rollout is spent on it", async () => {
  const trainer = trainerOf(halfRight);
  const [first] = await play(contextOf(trainer), 1);
  const memory = new TaskMemory(experiment.admission);
  const task = first?.episode.proposals[0]?.task;
  if (task == null) throw new Error("the first proposal is admitted");
  memory.remember([task]);
  const again = trainerOf(halfRight);
  await play(contextOf(again, {}, memory), 1);
  expect(again.requests).toHaveLength(1);
});

test("a question that the document does not answer is refused by the open-book check", async () => {
  const lost = trainerOf((prompt, seed) =>
    roleOf(prompt) === "open-book" ? "I do not know" : halfRight(prompt, seed),
  );
  const [first] = await play(contextOf(lost), 1);
  expect(first?.episode.proposals[0]?.refusal).toBe("open_book_failed");
  expect(first?.episode.proposals[0]?.openBook).toHaveLength(4);
  expect(first?.episode.proposals[0]?.attempts).toHaveLength(0);
});

test("the order in which samples finish changes nothing", async () => {
  const forward = await play(contextOf(trainerOf(halfRight)));
  const backward = await play(contextOf(trainerOf(halfRight, (indices) => indices.reverse())));
  expect(backward.map((one) => one.episode)).toEqual(forward.map((one) => one.episode));
  expect(buildBatch(experiment, backward)).toEqual(buildBatch(experiment, forward));
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

test("with N above G, chunks are drawn until one proposal is valid, and the group keeps the valid share", async () => {
  const valid = new Set([5]);
  let written = 0;
  const trainer = trainerOf((prompt, seed) => {
    if (roleOf(prompt) !== "proposal") return halfRight(prompt, seed);
    const index = written;
    written += 1;
    return valid.has(index) ? proposal(subjectOf(prompt)) : "Sorry, no.";
  });
  const challenger = { ...experiment.challenger, maxProposals: 16, chunk: 4 };
  const [first] = await play(contextOf(trainer, { challenger }), 1);
  const proposals = first?.episode.proposals ?? [];
  expect(proposals).toHaveLength(8);
  const selected = proposals.filter((one) => one.selected);
  expect(selected).toHaveLength(4);
  expect(selected.filter((one) => one.refusal === null)).toHaveLength(1);
});

test("a long chunk is cut as soon as a group and a valid proposal are known in index order", async () => {
  const trainer = trainerOf(halfRight);
  const challenger = { ...experiment.challenger, maxProposals: 64, chunk: 64 };
  const [first] = await play(contextOf(trainer, { challenger }), 1);
  expect(first?.episode.proposals).toHaveLength(4);
});

test("the batch holds both roles, leaves out zero advantages and counts every sequence in Z", async () => {
  const context = contextOf(trainerOf(halfRight));
  const rollouts = await play(context);
  const batch = buildBatch(experiment, rollouts);
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
  const rollouts = await play(contextOf(hopeless));
  expect(buildBatch(experiment, rollouts)).toBeNull();
  expect(rollouts[0]?.episode.proposals.every((one) => one.reward === -0.1)).toBe(true);
});

test("an attempt lost to the engine is not a wrong answer", async () => {
  let blind = 0;
  const flaky = trainerOf((prompt, seed) => {
    if (roleOf(prompt) !== "blind") return halfRight(prompt, seed);
    blind += 1;
    return blind % 2 === 0 ? { text: "", reason: "error" } : capitalOf(subjectOf(prompt));
  });
  const [first] = await play(contextOf(flaky), 1);
  expect(first?.episode.proposals[0]?.passRate).toBe(1);
});
