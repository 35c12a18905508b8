import { AskedTasks } from "../../core/admission/repeats/asked-tasks.js";
import { subsample } from "../../core/game/group.js";
import { recompute } from "../../core/game/score.js";
import { diagnosed } from "../../core/game/two-arm.js";
import { keyed } from "../../core/random/rng.js";
import type { Segment } from "../../core/records/document.js";
import type { Episode, ProposalRecord } from "../../core/records/episode.js";
import type { Task } from "../../core/records/task.js";
import { plantTasks } from "../../core/truth/planted/plant.js";
import { type PlayedDocument, playDocument } from "./challenge.js";
import type { CheckedProposal } from "./proposal-checks.js";
import type { AttemptSet } from "./solve.js";
import type { RolloutContext } from "./step-context.js";

/** An episode with the tokens behind it: what the batch is built from. */
export interface Rollout {
  readonly episode: Episode;
  readonly document: PlayedDocument;
  /** Attempts of the task chosen for the Reasoner, null when the document brought none. */
  readonly reasoner: AttemptSet | null;
}

/**
 * Play one step: proposals, checks and attempts of all documents at once, then rewards and advantages. The order of
 * arrival decides nothing: what depends on other documents (repeats within the step) is settled in document order.
 */
export async function rollout(
  context: RolloutContext,
  segments: readonly Segment[],
  progress: (done: number) => void,
): Promise<Rollout[]> {
  let finished = 0;
  const documents = await Promise.all(
    segments.map(async (segment, slot) => {
      const played = await playDocument(context, slot, segments.length, segment);
      finished += 1;
      progress(finished);
      return played;
    }),
  );
  settleDuplicates(context, documents);
  const rollouts = await Promise.all(documents.map((document) => finish(context, document)));
  const canaries = plantTasks(
    context.experiment,
    context.step,
    rollouts.map(({ episode, document }) => ({ episode, segment: document.segment })),
    context.hash,
  );
  return rollouts.map((one, place) => {
    const planted = canaries.get(place);
    return planted === undefined ? one : { ...one, episode: { ...one.episode, canaries: planted } };
  });
}

/** Of equal tasks in one step the first in document and proposal order stays. */
function settleDuplicates({ experiment }: RolloutContext, documents: readonly PlayedDocument[]): void {
  const seen = new AskedTasks(experiment.admission);
  for (const document of documents) {
    // Among a document's own proposals, `siblings` decides, when they are read.
    const own: Task[] = [];
    for (const proposal of document.proposals) {
      if (proposal.refusal !== null || proposal.task === null) continue;
      const { refusal, findings } = seen.screen(proposal.task);
      if (refusal !== null) {
        proposal.refusal = refusal.code;
        proposal.detail = `Another document of this step brought the same. ${refusal.detail}`;
      } else own.push(proposal.task);
      proposal.findings = [...proposal.findings, ...findings];
    }
    for (const task of own) seen.note(task);
  }
}

async function finish(context: RolloutContext, document: PlayedDocument): Promise<Rollout> {
  const { experiment, step } = context;
  const { segment, proposals, judge } = document;
  const draw = (purpose: string) => keyed(experiment.seed, step, segment.id, purpose, 0);
  const selected = new Set(
    subsample(
      proposals.map((one) => one.refusal === null),
      experiment.challenger.groupSize,
      draw("subsample"),
    ),
  );
  const attempts = new Map<number, AttemptSet>();
  await Promise.all(
    proposals.map(async (one, position) => {
      if (one.refusal !== null || one.task === null || !selected.has(position)) return;
      attempts.set(position, await judge.blind(one.task));
    }),
  );
  const graded = proposals.flatMap((_, position) =>
    attempts.get(position)?.attempts.some(({ verdict }) => verdict !== "infrastructure") ? [position] : [],
  );
  const chosen = graded.length === 0 ? null : draw("reasoner-task").pick(graded);
  const chosenTask = chosen === null ? null : (proposals[chosen]?.task ?? null);
  const reasonerAttempts = chosenTask === null ? null : await judge.whole(chosenTask);
  const records = proposals.map((one, position) => {
    const shared = reasonerAttempts !== null && one.task?.id === chosenTask?.id && attempts.has(position);
    return record(one, selected.has(position), shared ? reasonerAttempts : attempts.get(position));
  });
  const chosenRecord = chosen === null ? undefined : records[chosen];
  const unscored: Episode = {
    step,
    slot: document.slot,
    segmentId: segment.id,
    documentId: segment.document.id,
    format: document.format,
    focus: document.focus,
    promptTemplate: context.family.id,
    challengerPrompt: document.prompt,
    ...(document.refusal === null ? {} : { documentRefusal: document.refusal }),
    proposals: records,
    reasoner:
      chosenRecord?.task == null
        ? null
        : { proposalIndex: chosenRecord.index, taskId: chosenRecord.task.id, rewards: [], advantages: [] },
  };
  return { episode: diagnosed(recompute(unscored, experiment)), document, reasoner: reasonerAttempts };

  function record(one: CheckedProposal, isSelected: boolean, set: AttemptSet | undefined): ProposalRecord {
    return {
      index: one.index,
      text: one.sample.text,
      tokens: one.sample.tokenIds.length,
      policyVersion: one.sample.policyVersion,
      refusal: one.refusal,
      detail: one.detail,
      ...(one.findings.length === 0 ? {} : { findings: one.findings }),
      task: one.task,
      openBook: one.openBook,
      ...(one.modelChecks.length === 0 ? {} : { modelChecks: one.modelChecks }),
      attempts: set?.attempts ?? [],
      selected: isSelected,
      passRate: null,
      reward: null,
      advantage: null,
      gold: one.gold,
    };
  }
}
