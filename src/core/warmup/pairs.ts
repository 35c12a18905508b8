import type { Rng } from "../random/rng.js";
import type { FreeAnswerType } from "../records/answer.js";
import type { Segment } from "../records/document.js";
import { findSpan } from "../text/spans.js";
import { passageAround, wrongOptions } from "./facts.js";
import type { KnownTask } from "./known-task.js";

/** A question with its answer and the text that states the answer, given by the user. */
export interface GivenPair {
  readonly question: string;
  readonly answer: string;
  readonly answerType: FreeAnswerType;
  /** Wrong options that the user gives; may be empty. */
  readonly wrong: readonly string[];
}

/** The pairs of one text. The text is a document of its own and is never part of self-play. */
export interface PairedText {
  readonly segment: Segment;
  readonly pairs: readonly GivenPair[];
}

/**
 * The given pairs of a text as tasks. A pair whose answer does not stand in the text is left out.
 * Missing wrong options are answers of the same type to questions about other texts.
 */
export function pairTasks(
  { segment, pairs }: PairedText,
  all: readonly PairedText[],
  rng: Rng,
): readonly KnownTask[] {
  return pairs.flatMap((pair): readonly KnownTask[] => {
    const { question, answer, answerType } = pair;
    const stands = findSpan(segment.text, answer);
    if (stands === null) return [];
    const others = all
      .filter((one) => one.segment.id !== segment.id)
      .flatMap((one) => one.pairs.filter((other) => other.answerType === answerType))
      .map((other) => other.answer)
      .filter((other) => findSpan(segment.text, other) === null);
    const candidates = [...pair.wrong, ...rng.shuffle([...new Set(others)].sort())];
    const wrong = wrongOptions([answer], candidates) ?? [];
    return [
      { source: "pairs", question, answer, answerType, wrong, passage: passageAround(segment, stands) },
    ];
  });
}
