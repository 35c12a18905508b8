/**
 * SPICE in one file: Algorithm 1 of "SPICE: Self-Play In Corpus Environments" (arXiv 2510.24684) in
 * plain code. Run it from the root of the repository, after `npm ci`:
 *
 *     npm run build && node dist/cli/main.js trainer install fake     (only once)
 *     npx jiti examples/spice-in-one-file.ts
 *
 * One model plays two roles. The Challenger reads a document and writes a question with its answer.
 * The Reasoner answers the question without the document. The Challenger earns most when half of
 * the answers are right. The Reasoner earns 1 for a right answer. Both roles train one set of
 * weights.
 *
 * The trainer is `fake`: a Python process that uses the real protocol and needs no language model.
 * A rule makes texts from the prompt, and the trainer chooses one of them. Training changes which
 * text it chooses. Read `selfPlay` first. Real runs play the same steps in
 * src/app/self-play/play-step.ts.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectTrainer } from "../src/adapters/grpc/connect.js";
import { sha256 } from "../src/adapters/hash/sha256.js";
import { findInterpreter } from "../src/adapters/install/environments.js";
import { trainerSource } from "../src/adapters/python/source.js";
import { startSidecar } from "../src/adapters/sidecar/process.js";
import type { Sample, TrainBatch, Trainer, TrainSequence } from "../src/app/ports/trainer.js";
import { resolveLayers } from "../src/config/resolve.js";
import { admit } from "../src/core/admission/admit.js";
import { screenDocument } from "../src/core/admission/document/screen-document.js";
import { AskedTasks } from "../src/core/admission/repeats/asked-tasks.js";
import { verify } from "../src/core/answers/verify.js";
import { withAdvantages } from "../src/core/game/advantages.js";
import { challengerReward } from "../src/core/game/rewards/rewards.js";
import { promptFamily } from "../src/core/prompts/families.js";
import { keyed } from "../src/core/random/rng.js";
import type { Segment } from "../src/core/records/document.js";
import type { Prompt } from "../src/core/records/prompt.js";
import type { Task, TaskFormat } from "../src/core/records/task.js";

/** The corpus. The towns do not exist, so a model can know them from these documents only. */
const SEGMENTS = [
  `Velanmora was founded by Ansel Brook after the great flood.
Velanmora lies on the river Tolenford between two low hills.
Velanmora elected Hilda Marsh as the first mayor.
Velanmora sends most of its wool to the market of Ferringbury.`,
  `Karostead owes its town hall to the architect Corin Jessop.
Karostead sends most of its timber to the market of Meribury.
Karostead keeps its yearly fair on the meadows of Halwick Manor.
Karostead lost its wooden bridge to the storm called Berta.`,
  `Lindarwick shares a school with the village of Gallowgarth.
Lindarwick calls its old lighthouse Gunnar Tower after its builder.
Lindarwick buys its salt from the merchants of Pellonhaven.
Lindarwick was drawn on the oldest maps by Elias Farrow.`,
].map(wholeDocument);

const SEED = 1;
const STEPS = 6;
/** Proposals about a document, and attempts on a task (G in the paper). */
const GROUP = 8;
/** Longest completion, in tokens. A token of the fake trainer is one byte. */
const MAX_TOKENS = { challenger: 200, reasoner: 60 };
/** Every answer is a short text. In the paper, the model chooses the type of the answer. */
const FORMAT: TaskFormat = { kind: "free", answerType: "string" };

/** Checks, reward and loss. The large learning rate shows the learning in a few steps. */
const values = { preset: "demo", reward: { invalid: -0.1 }, train: { learningRate: 0.3 } };
const { admission, reward, train } = resolveLayers([{ name: "example", values }]).experiment;
const family = promptFamily("small");

type Role = "challenger" | "reasoner";

/** Completions of one prompt by one role. Their rewards are compared with each other only. */
interface Group {
  readonly role: Role;
  readonly promptIds: Int32Array;
  readonly members: readonly { readonly sample: Sample; readonly reward: number }[];
}

/** Algorithm 1. Each step plays every document, and then trains both roles together. */
async function selfPlay(trainer: Trainer): Promise<void> {
  printRow("step", "proposals", "admitted", "pass rate", "challenger", "reasoner", "tokens", "policy");
  for (let step = 1; step <= STEPS; step += 1) {
    const asked = new AskedTasks(admission);
    const played = [];
    for (const segment of SEGMENTS) played.push(await playDocument(trainer, asked, step, segment));

    // 5. Batch. The groups of both roles are in one batch, with equal weight.
    const groups = played.flatMap((document) => document.groups);
    const batch = makeBatch(groups);
    // 6. Train. One update of the shared weights.
    const outcome = await trainer.trainStep(batch, { ...train, resetMoments: false });
    // 7. Publish. The next step samples from the new weights.
    const { digest } = await trainer.publish();

    const solved = played.flatMap((document) => document.solved);
    const meanOf = (role: Role) => meanReward(groups.filter((group) => group.role === role));
    const rates = [meanReward(solved), meanOf("challenger"), meanOf("reasoner")];
    const proposals = SEGMENTS.length * GROUP;
    const fixed = rates.map((rate) => rate.toFixed(3));
    printRow(step, proposals, solved.length, ...fixed, outcome.tokens, digest.slice(0, 12));
  }
}

/** Steps 1 to 4, for one document. */
async function playDocument(trainer: Trainer, asked: AskedTasks, step: number, segment: Segment) {
  // 1. Challenge. The Challenger reads the document and writes G proposals. In the paper, it writes
  //    proposals until one is valid, 1024 at most. Then G of these proposals are picked.
  const request = family.challenger(segment, FORMAT, null);
  const { promptIds, samples } = await complete(trainer, "challenger", request, [step, segment.id]);
  const parsed = samples.map((sample) => ({ sample, task: readTask(sample, segment) }));

  // 2. Refuse repeats. When tasks of one step repeat each other, only the first is kept. This
  //    is not in the paper.
  const proposals = parsed.map(({ sample, task }) => {
    if (task === null || asked.screen(task).refusal !== null) return { sample, task: null };
    asked.note(task);
    return { sample, task };
  });

  // 3. Solve. The Reasoner answers each task G times. It sees the question, never the document.
  const tried = [];
  for (const { sample, task } of proposals)
    tried.push({ sample, attempts: task === null ? null : await solve(trainer, step, task) });

  // 4. Score. The proposals about the document are the Challenger's group. The attempts on one of
  //    its tasks, picked at random, are the Reasoner's group.
  const members = tried.map(({ sample, attempts }) => ({ sample, reward: proposalReward(attempts) }));
  const groups: Group[] = [{ role: "challenger", promptIds, members }];
  const solved = tried.flatMap(({ attempts }) => (attempts === null ? [] : [attempts]));
  if (solved.length > 0) groups.push(keyed(SEED, step, segment.id, "task").pick(solved));
  return { solved, groups };
}

/** The task of a proposal; null when its form is wrong (as in the paper) or a check refuses it. */
function readTask({ text, reason }: Sample, segment: Segment): Task | null {
  const parsed = family.parseProposal(text, FORMAT, reason !== "length");
  if (!parsed.ok) return null;
  const document = screenDocument(segment, admission);
  const optionRng = (taskId: string) => keyed(SEED, segment.id, "options", taskId);
  const rules = { config: admission, focus: null, evaluations: null, optionRng, hash: sha256 };
  const admitted = admit(parsed.candidate, { segment, document, ...rules });
  return admitted.ok ? admitted.task : null;
}

/** Attempts on a task. Fixed rules compare each answer with the answer that the proposal states. */
async function solve(trainer: Trainer, step: number, task: Task): Promise<Group> {
  const { promptIds, samples } = await complete(trainer, "reasoner", family.blind(task), [step, task.id]);
  const members = samples.map((sample) => {
    const verdict = verify(task, family.parseAnswer(sample.text, task));
    return { sample, reward: verdict === "correct" ? 1 : 0 };
  });
  return { role: "reasoner", promptIds, members };
}

/** A refused proposal earns -0.1. A task earns 1 if half of the attempts are right, else less. */
function proposalReward(attempts: Group | null): number {
  if (attempts === null) return reward.invalid;
  const correct = attempts.members.filter((attempt) => attempt.reward === 1).length;
  // The paper's formula does not read attempts with the document (`open`).
  return challengerReward({ blind: { correct, graded: GROUP }, open: { correct: 0, graded: 0 } }, reward);
}

/** All completions, each with its advantage: its reward minus the mean reward of its group. */
function makeBatch(groups: readonly Group[]): TrainBatch {
  const sequences = groups.flatMap(({ role, members }, promptRef) =>
    withAdvantages(members).map(({ sample, advantage }, index): TrainSequence => {
      const perToken = (value: number) => new Float32Array(sample.tokenIds.length).fill(value);
      return {
        promptRef,
        completionIds: sample.tokenIds,
        weights: perToken(1),
        advantages: perToken(advantage ?? 0),
        behaviorLogprobs: sample.logprobs,
        temperature: 1,
        role,
        groupId: `${promptRef}`,
        sampleId: `${promptRef}/${index}`,
      };
    }),
  );
  // The loss is divided by a constant, not by the length of each text (Dr. GRPO, Liu et al. 2025).
  const normalizer = sequences.length * MAX_TOKENS.challenger;
  return { prompts: groups.map(({ promptIds }) => promptIds), sequences, loss: train.loss, normalizer };
}

/** G completions of a prompt by the newest policy. The seeds depend on the key and nothing else. */
async function complete(trainer: Trainer, role: Role, prompt: Prompt, key: readonly (string | number)[]) {
  const seeds = Array.from({ length: GROUP }, (_, index) => keyed(SEED, role, ...key, index).seed64());
  const stopStrings = role === "challenger" ? family.challengerStops : family.reasonerStops;
  const params = { maxTokens: MAX_TOKENS[role], temperature: 1, topP: 1, topK: 0, stopStrings };
  const request = { prompts: [{ prompt, seeds }], params, policyVersion: null, wantLogprobs: true };
  const samples: Sample[] = [];
  let promptIds: Int32Array = new Int32Array();
  for await (const event of trainer.sample(request)) {
    if (event.kind === "started") promptIds = event.promptIds[0] ?? promptIds;
    if (event.kind === "sample") samples.push(event.sample);
  }
  // Samples arrive in the order in which they end.
  return { promptIds, samples: samples.sort((a, b) => a.sampleIndex - b.sampleIndex) };
}

/** A text as a document with one segment. Its first word is its subject. */
function wholeDocument(text: string): Segment {
  const [subject = ""] = text.split(" ");
  const origin = { sourceUri: `example:${subject}`, licence: "CC0-1.0", language: "en", kind: "prose" };
  const id = sha256(text);
  const document = { id, text, title: subject, subject, splitKey: subject, facts: [], ...origin };
  const bounds = { start: 0, end: text.length, tokens: text.length };
  return { id: `${id}:0-${text.length}`, document, text, ...bounds };
}

/** Mean reward over some groups. For attempts on tasks, that is their mean pass rate. */
function meanReward(groups: readonly Group[]): number {
  const rewards = groups.flatMap(({ members }) => members.map((member) => member.reward));
  return rewards.reduce((sum, one) => sum + one, 0) / rewards.length;
}

function printRow(...cells: readonly (string | number)[]): void {
  console.log(cells.map((cell) => `${cell}`.padStart(10)).join(" "));
}

const source = await trainerSource();
await using sidecar = await startSidecar({
  python: await findInterpreter(source.root, "fake", process.env),
  source,
  backend: "fake",
  logPath: join(tmpdir(), "spice-in-one-file", "trainer.log"),
  environment: process.env,
});
const { address, token, lifetime } = sidecar;
const model = { model: "fake", seed: SEED, lora: null, computeDtype: "auto" } as const;
const open = { ...model, maxContextTokens: 2048, engine: {} };
await using fake = await connectTrainer({ address, token, lifetime, clientName: "example", open });
await selfPlay(fake);
