import type { Segment } from "../records/document.js";
import type { Attempt, Episode, GoldVerdict } from "../records/episode.js";
import type { Refusal, Task } from "../records/task.js";
import type { Candidate } from "./scan.js";

/** An admitted task with everything that a person needs to check it. */
export interface SampleTask {
  readonly step: number;
  readonly title: string;
  readonly sourceUri: string;
  /** What the Challenger read. */
  readonly text: string;
  /** Place of the evidence in `text`; null when it is unknown. */
  readonly evidence: { readonly start: number; readonly end: number } | null;
  readonly task: Task;
  readonly passRate: number;
  readonly reward: number | null;
  readonly gold: GoldVerdict | null;
  readonly attempts: readonly Attempt[];
  readonly openBook: readonly Attempt[];
}

/** A refused proposal, as it was written. */
export interface RefusedExample {
  readonly step: number;
  readonly text: string;
  readonly detail: string;
}

/** Finds the text of a segment; null when the corpus is not available. */
export type FindSegment = (segmentId: string) => Promise<Segment | null>;

/** Number of refused proposals shown for each reason. */
const EXAMPLES = 3;

/**
 * Picks three tasks each from the beginning, the middle and the end of a run: one of medium
 * difficulty, one easy and one hard, from different documents. A fixed rule picks them, so that
 * nobody can show only good examples.
 */
export function chooseTasks(candidates: readonly Candidate[]): Candidate[] {
  const size = Math.ceil(candidates.length / 3);
  const chosen: Candidate[] = [];
  for (let part = 0; part < 3; part += 1) {
    const members = candidates.slice(part * size, (part + 1) * size);
    for (const target of [0.5, 1, 0]) {
      const free = members.filter((one) => !chosen.some((other) => other.documentId === one.documentId));
      const [nearest] = free.toSorted(
        (a, b) => Math.abs(a.passRate - target) - Math.abs(b.passRate - target),
      );
      if (nearest !== undefined) chosen.push(nearest);
    }
  }
  return chosen.sort((a, b) => a.step - b.step || a.slot - b.slot);
}

/**
 * Second pass over the episodes of a run: collects the picked tasks, and the first refused
 * proposals of each reason in each third.
 */
export async function readTexts(
  episodes: AsyncIterable<Episode>,
  chosen: readonly Candidate[],
  lastStep: number,
  findSegment: FindSegment,
): Promise<{ samples: SampleTask[]; examples: ReadonlyMap<Refusal, readonly RefusedExample[]> }> {
  const samples: SampleTask[] = [];
  const examples = new Map<Refusal, RefusedExample[]>();
  for await (const episode of episodes) {
    for (const one of chosen) {
      if (one.step !== episode.step || one.slot !== episode.slot) continue;
      const sample = await describe(episode, one, findSegment);
      if (sample !== null) samples.push(sample);
    }
    for (const { refusal, text, detail } of episode.proposals) {
      if (refusal === null) continue;
      const known = examples.get(refusal) ?? [];
      examples.set(refusal, known);
      if (known.length < EXAMPLES && episode.step >= (known.length / EXAMPLES) * lastStep)
        known.push({ step: episode.step, text, detail });
    }
  }
  return { samples, examples };
}

async function describe(
  episode: Episode,
  { index, passRate }: Candidate,
  findSegment: FindSegment,
): Promise<SampleTask | null> {
  const proposal = episode.proposals[index];
  if (proposal === undefined || proposal.task === null) return null;
  const segment = await findSegment(episode.segmentId);
  const text = segment?.text ?? promptText(episode);
  return {
    step: episode.step,
    title: segment?.document.title ?? "",
    sourceUri: segment?.document.sourceUri ?? "",
    text,
    evidence: segment === null ? locate(text, proposal.task) : proposal.task.evidence,
    task: proposal.task,
    passRate,
    reward: proposal.reward,
    gold: proposal.gold,
    attempts: proposal.attempts,
    openBook: proposal.openBook,
  };
}

/** Without the corpus, the text that the Challenger read is taken from its prompt. */
export function promptText({ challengerPrompt }: Pick<Episode, "challengerPrompt">): string {
  if (challengerPrompt.kind === "text") return challengerPrompt.text;
  return challengerPrompt.messages.findLast((message) => message.role === "user")?.content ?? "";
}

/** Place of a quote or of the answer in a text; null when neither stands in it. */
export function locate(text: string, task: Task): SampleTask["evidence"] {
  for (const wanted of [...task.quotes, task.answer]) {
    const start = wanted === "" ? -1 : text.toLowerCase().indexOf(wanted.toLowerCase());
    if (start >= 0) return { start, end: start + wanted.length };
  }
  return null;
}
