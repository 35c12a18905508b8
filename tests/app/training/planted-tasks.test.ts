import { expect, test } from "@jest/globals";
import { playStep } from "../../../src/app/self-play/play-step.js";
import { stepContext } from "../../../src/app/self-play/step-context.js";
import { train } from "../../../src/app/training/train.js";
import { AskedTasks } from "../../../src/core/admission/repeats/asked-tasks.js";
import type { Experiment } from "../../../src/core/experiment/experiment.js";
import type { Episode } from "../../../src/core/records/episode.js";
import { experiment as base } from "../../support/experiment.js";
import { halfRight, roleOf, segments, smallProposal, subjectOf, trainerOf } from "../../support/game.js";
import {
  MemoryCorpus,
  MemoryRunStore,
  sha256,
  silentLogger,
  silentSink,
  stoppedClock,
} from "../../support/memory.js";

const always = { signal: new AbortController().signal, stopRequested: () => false };
const twoDocuments = segments.slice(0, 2);

/** Both documents in every step. No check but those for repeats: a wrong gold answer passes. */
const lenient: Experiment = {
  ...base,
  admission: {
    ...base.admission,
    ...{ evidence: "off", alignment: "off", derivable: "off", answerKind: "off", leak: "off" },
    openBook: { attempts: 0, required: 0, temperature: 1, severity: "refuse" },
  },
};

const plantedIn = (episodes: readonly Episode[]) => episodes.flatMap((one) => one.canaries ?? []);

test("planted tasks are not trained: the batch of a step without them is the same", async () => {
  const batchOf = async (planting: boolean) => {
    const services = {
      ...{ experiment: base, sampler: trainerOf(halfRight), policyVersion: null },
      ...{ askedTasks: new AskedTasks(base.admission), evaluations: null, hash: sha256 },
      ...{ signal: always.signal, progress: () => undefined },
    };
    let planted = 0;
    const { batch } = await playStep(stepContext(services, 1), twoDocuments, async (documents) => {
      planted = plantedIn(documents.map((one) => one.episode)).length;
      const without = documents.map((one) => {
        const { canaries: _, ...episode } = one.episode;
        return { ...one, episode };
      });
      return { documents: planting ? documents : without, metrics: {} };
    });
    return { batch, planted };
  };
  const [whole, without] = [await batchOf(true), await batchOf(false)];
  expect(whole.planted).toBeGreaterThan(0);
  expect(whole.batch?.sequences.length).toBeGreaterThan(0);
  expect(without.batch).toEqual(whole.batch);
});

test("planted tasks are not trained: every trained text was written by the model for that prompt", async () => {
  const written = new Set<string>();
  const pair = (prompt: string, completion: string) => JSON.stringify([prompt, completion]);
  const trainer = trainerOf((prompt, seed) => {
    const reply = halfRight(prompt, seed);
    written.add(pair(prompt, typeof reply === "string" ? reply : reply.text));
    return reply;
  });
  const store = new MemoryRunStore();
  await train(depsOf(base, trainer, store), always);
  const text = (tokens: Int32Array) => String.fromCodePoint(...tokens);
  const trained = trainer.batches.flatMap(({ prompts, sequences }) =>
    sequences.map((one) => pair(text(prompts[one.promptRef] as Int32Array), text(one.completionIds))),
  );
  expect(trained.length).toBeGreaterThan(0);
  expect(trained.filter((one) => !written.has(one))).toEqual([]);
  // The wrong gold answers among the planted tasks are texts that the model wrote nowhere.
  const wrong = plantedIn(store.commits.flatMap((one) => one.episodes)).filter(
    (one) => one.kind === "wrong_gold",
  );
  expect(wrong.length).toBeGreaterThan(0);
  const asked = [...written].join("\n");
  for (const { question, planted } of wrong) expect(asked).not.toContain(smallProposal(question, planted));
});

test("planted tasks are not remembered: the model may ask one later, and once", async () => {
  const store = new MemoryRunStore();
  /**
   * From step 2 on, the Challenger writes the wrong task that was planted on its document in step
   * 1.
   */
  const trainer = trainerOf((prompt, seed) => {
    if (roleOf(prompt) !== "proposal" || store.committed === 0) return halfRight(prompt, seed);
    const document = twoDocuments.find((one) => one.document.subject === subjectOf(prompt));
    const episode = store.commits[0]?.episodes.find((one) => one.documentId === document?.document.id);
    const planted = episode?.canaries?.find((one) => one.kind === "wrong_gold");
    return planted === undefined ? halfRight(prompt, seed) : smallProposal(planted.question, planted.planted);
  });
  await train(depsOf(lenient, trainer, store), always);

  const [first, second, third] = store.commits;
  const place = first?.episodes.find((one) => one.canaries?.some(({ kind }) => kind === "wrong_gold"));
  const proposalsOf = (commit: typeof first) =>
    commit?.episodes.find((one) => one.documentId === place?.documentId)?.proposals ?? [];
  const planted = place?.canaries?.find(({ kind }) => kind === "wrong_gold");
  expect(proposalsOf(second)[0]).toMatchObject({
    refusal: null,
    task: { question: planted?.question, answer: planted?.planted },
  });
  expect(proposalsOf(third)[0]).toMatchObject({ refusal: "duplicate" });
});

function depsOf(experiment: Experiment, trainer: ReturnType<typeof trainerOf>, store: MemoryRunStore) {
  return {
    experiment,
    trainer,
    corpus: new MemoryCorpus(twoDocuments),
    store,
    sink: silentSink,
    telemetry: { drain: async () => ({}) },
    clock: stoppedClock,
    logger: silentLogger,
    hash: sha256,
  };
}
