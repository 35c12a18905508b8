import type { WarmupSource } from "../experiment/experiment.js";
import type { FreeAnswerType } from "../records/answer.js";
import type { Candidate, TaskFormat } from "../records/task.js";
import type { Span } from "../text/spans.js";

/** A question whose answer stands in a segment, made without the model. */
export interface KnownTask {
  readonly source: WarmupSource;
  readonly question: string;
  readonly answer: string;
  /** Type of the answer when the question is asked without options. */
  readonly answerType: FreeAnswerType;
  /** Three wrong options; empty when there are too few. */
  readonly wrong: readonly string[];
  /** The passage that states the answer; null when no single passage does. */
  readonly passage: Span | null;
}

/** The task as a proposal of this format; null when the task cannot be asked in the format. */
export function asCandidate(task: KnownTask, format: TaskFormat): Candidate | null {
  const { question, answer, answerType, wrong } = task;
  const common = { question, answer, quotes: [] };
  if (format.kind === "mcq")
    return wrong.length === 0 ? null : { ...common, answerType: "mcq", options: [answer, ...wrong] };
  return suits(answerType, format.answerType)
    ? { ...common, answerType: format.answerType, options: [] }
    : null;
}

/** True when an answer of type `own` may be asked for as type `asked`. */
function suits(own: FreeAnswerType, asked: FreeAnswerType): boolean {
  if (own === asked || asked === "string") return true;
  return own === "integer" && (asked === "number" || asked === "expression");
}
