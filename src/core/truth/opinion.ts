import type { AnswerType, Verdict } from "../records/answer.js";
import type { Attempt, Episode } from "../records/episode.js";
import type { Task } from "../records/task.js";

/** The verdict of another verifier, or why it has none. */
export type Opinion =
  | {
      readonly kind: "verdict";
      /**
       * `unparsable`: the verifier cannot read the gold answer or the answer, and has no opinion.
       */
      readonly verdict: "correct" | "wrong" | "unparsable";
      readonly detail: string;
    }
  | { readonly kind: "infrastructure"; readonly cause: OpinionFailure; readonly detail: string };

/**
 * Why there is no opinion: a timeout, a process that ended, a broken protocol, an error on this
 * pair, or too many waiting pairs.
 */
export type OpinionFailure = "timeout" | "died" | "protocol" | "error" | "full";

/** An answer with a verdict of the rules. */
export interface VerifiedAnswer {
  readonly segmentId: string;
  readonly task: Task;
  readonly kind: "blind" | "open-book";
  readonly attempt: Attempt & { readonly answer: string };
}

/**
 * All answers of a step that the rules found correct, wrong or unparsable, each once, in document
 * order.
 */
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

/** Answer types with a tolerance that the second verifier does not know. */
const TOLERANT: ReadonlySet<string> = new Set(["number"]);

/**
 * True when a second verdict contradicts the verdict of the rules. `wrong` and `unparsable` have
 * the same reward and count as equal. A second verifier that cannot read the pair does not
 * contradict. A verdict `wrong` does not contradict for types with a tolerance.
 */
export function disagrees(
  type: AnswerType,
  native: Verdict,
  second: "correct" | "wrong" | "unparsable",
): boolean {
  if (second === "unparsable" || (second === "wrong" && TOLERANT.has(type))) return false;
  return (native === "correct") !== (second === "correct");
}
