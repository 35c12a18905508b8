import type { Episode, GoldVerdict } from "../../records/episode.js";
import type { Task } from "../../records/task.js";
import { promptText } from "../samples.js";
import { Ranked } from "./ranked.js";

/** An admitted task, as a list of tasks needs it. */
export interface TaskEntry {
  readonly step: number;
  /** Place of the document in its step, from 0. */
  readonly slot: number;
  /** Index of the proposal. */
  readonly index: number;
  /** Admitted proposals of the episode with this task. */
  readonly proposals: number;
  readonly documentId: string;
  readonly segmentId: string;
  readonly task: Task;
  /** 0 to 1; null when no blind attempt was graded. */
  readonly passRate: number | null;
  /** Reward of the Challenger; null when the proposal is not in the group. */
  readonly reward: number | null;
  /** What the facts of the document say about the gold answer. */
  readonly gold: GoldVerdict | null;
  /** What the Challenger read, with its instructions. It stands in for a missing corpus. */
  readonly prompt: string;
}

/**
 * Order of a list. `best`: highest reward first. `worst`: wrong golds first, then the lowest
 * reward. `newest`: the last step first.
 */
export type TaskOrder = "best" | "worst" | "newest";

/** The different admitted tasks of an episode. Of equal tasks, one with a reward is taken. */
export function taskEntries(episode: Episode): TaskEntry[] {
  const { step, slot, documentId, segmentId, proposals } = episode;
  const found = new Map<string, TaskEntry>();
  for (const { index, refusal, task, passRate, reward, gold } of proposals) {
    if (refusal !== null || task === null) continue;
    const known = found.get(task.id);
    const count = (known?.proposals ?? 0) + 1;
    if (known !== undefined && (known.reward !== null || reward === null)) {
      found.set(task.id, { ...known, proposals: count });
      continue;
    }
    const place = { step, slot, index, proposals: count, documentId, segmentId };
    found.set(task.id, { ...place, task, passRate, reward, gold, prompt: promptText(episode) });
  }
  return [...found.values()];
}

/** The first tasks of a run in an order. Tasks without a reward are not in `best` and `worst`. */
export class TaskList {
  readonly #ranked: Ranked<TaskEntry>;

  constructor(
    private readonly order: TaskOrder,
    limit: number,
  ) {
    this.#ranked = new Ranked(limit, COMPARE[order]);
  }

  add(entry: TaskEntry): void {
    if (this.order === "newest" || entry.reward !== null) this.#ranked.add(entry);
  }

  entries(): readonly TaskEntry[] {
    return this.#ranked.values();
  }
}

const reward = (one: TaskEntry): number => one.reward ?? Number.NEGATIVE_INFINITY;
/** Distance from the pass rate that separates attempts best. */
const fromMiddle = ({ passRate }: TaskEntry): number => Math.abs((passRate ?? 0) - 0.5);
const wrong = ({ gold }: TaskEntry): number => (gold === "wrong" ? 1 : 0);

const best = (a: TaskEntry, b: TaskEntry): number =>
  wrong(a) - wrong(b) || reward(b) - reward(a) || fromMiddle(a) - fromMiddle(b);

const COMPARE: Readonly<Record<TaskOrder, (a: TaskEntry, b: TaskEntry) => number>> = {
  best,
  worst: (a, b) => best(b, a),
  newest: (a, b) => b.step - a.step,
};
