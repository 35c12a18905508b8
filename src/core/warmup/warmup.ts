import type { ChallengerConfig, WarmupSource } from "../experiment/experiment.js";
import { formatOf } from "../game/formats.js";
import type { PromptFamily } from "../prompts/family.js";
import type { Rng } from "../random/rng.js";
import type { Segment } from "../records/document.js";
import type { Prompt } from "../records/prompt.js";
import type { Candidate, Task, TaskFormat } from "../records/task.js";
import { findSpan } from "../text/spans.js";
import { asCandidate, type KnownTask } from "./known-task.js";

/** One supervised example: a prompt, and the completion to learn. */
export interface WarmupExample {
  readonly prompt: Prompt;
  readonly completion: string;
  readonly role: "challenger" | "reasoner";
  /** Where the task of the example comes from. */
  readonly source: WarmupSource;
}

/** Number of proposals for a segment; fewer when the segment has fewer tasks. */
export const PROPOSALS = 6;
/**
 * Number of open-book examples for a segment. They contain the document, as the proposals do. Their
 * common tokens are computed once, so they cost little.
 */
const OPEN_BOOK = 3;
/**
 * Number of blind examples for a segment. They teach two things: the format of an answer, and that
 * the position of an option says nothing about the right option. With four examples, the Reasoner
 * was so confident in wrong options that most tasks had pass rate 0.
 */
const BLIND = 10;
/**
 * On average, one of this many Reasoner examples has a free answer. The others are multiple choice.
 * Blind examples teach a format and no knowledge. A free answer needs knowledge, so few examples
 * have a free answer.
 */
const FREE_EVERY = 4;

/**
 * Supervised examples from tasks whose answers stand in a document that self-play never uses. They
 * teach a small model the formats of both roles, and that answers come from the document. They do
 * not teach the answers of later questions. Each proposal is about a different task. The formats of
 * the proposals follow the mix of self-play. A format is left out when no unused task can have it.
 *
 * @param tasks tasks of this segment
 * @param accepts true when admission accepts the proposal; a proposal that self-play would refuse
 * must not be taught
 * @param challenger settings of self-play; with focus `passage`, the prompt of each proposal names
 * the passage of its task
 */
export function warmupExamples(
  segment: Segment,
  tasks: readonly KnownTask[],
  rng: Rng,
  family: PromptFamily,
  { focus, mix }: Pick<ChallengerConfig, "focus" | "mix">,
  accepts: (candidate: Candidate, task: KnownTask) => boolean,
): readonly WarmupExample[] {
  const shift = rng.next();
  const make = (task: KnownTask, format: TaskFormat): Candidate | null => {
    const candidate = asCandidate(task, format);
    return candidate !== null && accepts(candidate, task) ? candidate : null;
  };

  const proposals: WarmupExample[] = [];
  const unused = new Set(rng.shuffle(tasks));
  for (let place = 0; place < PROPOSALS; place += 1) {
    const format = formatOf(mix, place, PROPOSALS, shift);
    for (const task of unused) {
      if (focus === "passage" && task.passage === null) continue;
      const candidate = make(task, format);
      if (candidate === null) continue;
      unused.delete(task);
      const prompt = family.challenger(segment, format, focus === "passage" ? task.passage : null);
      proposals.push({
        prompt,
        completion: family.proposalText(candidate, prompt),
        role: "challenger",
        source: task.source,
      });
      break;
    }
  }

  const answers = (count: number, ask: (task: Task) => Prompt): readonly WarmupExample[] =>
    Array.from({ length: count }, (): readonly WarmupExample[] => {
      const free = rng.int(FREE_EVERY) === 0;
      for (const known of rng.shuffle(tasks)) {
        const format: TaskFormat = free ? { kind: "free", answerType: known.answerType } : { kind: "mcq" };
        const candidate = make(known, format);
        if (candidate === null) continue;
        const task = toTask(candidate, segment, rng);
        const { source } = known;
        return [{ prompt: ask(task), completion: family.answerText(task), role: "reasoner", source }];
      }
      return [];
    }).flat();
  return [
    ...proposals,
    ...answers(Math.min(OPEN_BOOK, tasks.length), (task) => family.openBook(segment, task)),
    ...answers(Math.min(BLIND, 2 * tasks.length), (task) => family.blind(task)),
  ];
}

function toTask(candidate: Candidate, segment: Segment, rng: Rng): Task {
  return {
    ...candidate,
    id: "warmup",
    segmentId: segment.id,
    shuffled: rng.shuffle(candidate.options),
    evidence: findSpan(segment.text, candidate.answer) ?? { start: 0, end: 0 },
  };
}
