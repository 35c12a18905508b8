import type { Episode } from "../records/episode.js";

/** One member of a training group. */
export interface GroupMember {
  /** Index of the proposal (Challenger) or of the attempt (Reasoner). */
  readonly index: number;
  readonly advantage: number;
}

/**
 * The Challenger's training group of a document: selected proposals with an advantage, in index
 * order.
 */
export function challengerMembers({ proposals }: Episode): readonly GroupMember[] {
  return proposals.flatMap(({ index, selected, advantage }) =>
    selected && advantage !== null ? [{ index, advantage }] : [],
  );
}

/**
 * The Reasoner's training group of a document: the graded attempts on the task that trains the
 * Reasoner, in attempt order. `reasoner.advantages` has one entry for each graded attempt, in the
 * same order. This function combines the attempts with these advantages. Other code must call this
 * function, and must not combine them itself.
 */
export function reasonerMembers({ proposals, reasoner }: Episode): readonly GroupMember[] {
  if (reasoner === null) return [];
  const attempts = proposals.find(({ index }) => index === reasoner.proposalIndex)?.attempts ?? [];
  return attempts
    .filter(({ verdict }) => verdict !== "infrastructure")
    .map(({ index }, place) => ({ index, advantage: reasoner.advantages[place] ?? 0 }));
}
