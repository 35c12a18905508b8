import type { AnswerType, Verdict } from "../records/answer.js";
import type { Attempt, Episode } from "../records/episode.js";
import type { Task } from "../records/task.js";

/** What another verifier says of an answer, or why it said nothing. */
export type Opinion =
  | {
      readonly kind: "verdict";
      /** `unparsable`: it cannot read the gold or the answer, and has no opinion. */
      readonly verdict: "correct" | "wrong" | "unparsable";
      readonly detail: string;
    }
  | { readonly kind: "infrastructure"; readonly cause: OpinionFailure; readonly detail: string };

/**
 * Why there is no opinion: it took too long, its process ended, it broke the protocol, it failed on this pair, too many wait
 * already.
 */
export type OpinionFailure = "timeout" | "died" | "protocol" | "error" | "full";

/** An answer that the rules judged. */
export interface VerifiedAnswer {
  readonly segmentId: string;
  readonly task: Task;
  readonly kind: "blind" | "open-book";
  readonly attempt: Attempt & { readonly answer: string };
}

/** Every answer of a step that the rules found correct, wrong or unparsable, once each, in document order. */
export function verifiedAnswers(episodes: readonly Episode[]): VerifiedAnswer[] {
  const found = new Map<string, VerifiedAnswer>();
  for (const { segmentId, proposals } of episodes) {
    for (const { task, openBook, attempts } of proposals) {
      if (task === null) continue;
      const add = (kind: VerifiedAnswer["kind"], all: readonly Attempt[]) => {
        for (const attempt of all) {
          const { answer, verdict } = attempt;
          if (answer === null || verdict === "infrastructure") continue;
          // Equal tasks of one document share their attempts.
          const key = `${segmentId} ${task.id} ${kind} ${attempt.index}`;
          found.set(key, { segmentId, task, kind, attempt: { ...attempt, answer } });
        }
      };
      add("open-book", openBook);
      add("blind", attempts);
    }
  }
  return [...found.values()];
}

/** Types of answers that math-verify can read. */
export const MATH_VERIFY_TYPES: ReadonlySet<string> = new Set(["integer", "number", "expression"]);

/** Types whose rules allow for a tolerance that the second verifier knows nothing of. */
const TOLERANT: ReadonlySet<string> = new Set(["number"]);

/**
 * Whether a second verdict contradicts the rules'. `wrong` and `unparsable` earn the same and are the same here. A second verifier
 * that cannot read the pair contradicts nobody, nor does one that finds wrong what is within a declared tolerance.
 */
export function disagrees(
  type: AnswerType,
  native: Verdict,
  second: "correct" | "wrong" | "unparsable",
): boolean {
  if (second === "unparsable" || (second === "wrong" && TOLERANT.has(type))) return false;
  return (native === "correct") !== (second === "correct");
}
