import { subsample } from "../../core/game/group.js";
import { keyed } from "../../core/random/rng.js";
import type { Task } from "../../core/records/task.js";
import type { AttemptSet, BlindAttempts } from "./attempts.js";
import type { ChallengedDocument } from "./challenge.js";
import type { CheckedProposal } from "./proposal-checks.js";
import type { StepContext } from "./step-context.js";

/** A proposal with the Reasoner's attempts. */
export interface SolvedProposal {
  readonly proposal: CheckedProposal;
  /** True for members of the Challenger's training group. */
  readonly selected: boolean;
  /** Blind attempts on the task; null when the proposal was refused or not selected. */
  readonly attempts: AttemptSet | null;
}

/** The task of a document that trains the Reasoner, with all of its attempts. */
export interface TrainedTask {
  readonly proposalIndex: number;
  readonly task: Task;
  readonly attempts: AttemptSet;
}

/** A document with its proposals and the Reasoner's attempts. */
export interface SolvedDocument extends Omit<ChallengedDocument, "proposals"> {
  readonly proposals: readonly SolvedProposal[];
  /** Null when no task of the document has a graded attempt. */
  readonly trained: TrainedTask | null;
}

/**
 * The Reasoner's part of a step for one document. This function first picks the Challenger's
 * training group. Then the Reasoner answers the tasks of the group without the document. Last, this
 * function picks the task that trains the Reasoner (SPICE section 3.1: one task for each document).
 */
export async function solve(
  context: StepContext,
  blind: BlindAttempts,
  document: ChallengedDocument,
): Promise<SolvedDocument> {
  const { experiment, step } = context;
  const generator = (purpose: string) => keyed(experiment.seed, step, document.segment.id, purpose, 0);
  const { proposals } = document;
  const group = new Set(
    subsample(
      proposals.map(({ refusal }) => refusal === null),
      experiment.challenger.groupSize,
      generator("subsample"),
    ),
  );
  const attempted = await Promise.all(
    proposals.map(async (proposal, position): Promise<SolvedProposal> => {
      const selected = group.has(position);
      const wanted = selected && proposal.refusal === null && proposal.task !== null;
      return { proposal, selected, attempts: wanted ? await blind.first(proposal.task) : null };
    }),
  );
  const graded = attempted.flatMap(({ proposal, attempts: made }) =>
    proposal.task !== null && hasVerdict(made) ? [{ index: proposal.index, task: proposal.task }] : [],
  );
  if (graded.length === 0) return { ...document, proposals: attempted, trained: null };

  const { index: proposalIndex, task } = generator("reasoner-task").pick(graded);
  const attempts = await blind.all(task);
  return {
    ...document,
    // Early stopping may have left out attempts of this task. Now all K attempts exist, and every
    // proposal with an equal task gets them.
    proposals: attempted.map((one) =>
      one.attempts !== null && one.proposal.task?.id === task.id ? { ...one, attempts } : one,
    ),
    trained: { proposalIndex, task, attempts },
  };
}

function hasVerdict(set: AttemptSet | null): boolean {
  return set?.attempts.some(({ record }) => record.verdict !== "infrastructure") ?? false;
}
