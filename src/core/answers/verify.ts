import type { AnswerPolicy, AnswerType, ElementType, FreeAnswerType, Verdict } from "../records/answer.js";
import type { Task } from "../records/task.js";
import { booleanKind } from "./boolean.js";
import { dateKind } from "./date.js";
import { expressionKind } from "./expression.js";
import { integerKind } from "./integer.js";
import { type AnswerKind, readText } from "./kind.js";
import { verifyMcq } from "./mcq.js";
import { numberKind } from "./number.js";
import { quantityKind } from "./quantity.js";
import { sequenceKind } from "./sequence.js";
import { stringKind } from "./string.js";
import { unwrap } from "./surface.js";
import { textKey } from "./text-key.js";

/** Longest answer, in UTF-16 code units. A longer answer is unparsable. */
export const MAX_ANSWER_LENGTH = 512;

/**
 * The parts of a task that verification reads. `shuffled` gives the letters of a multiple-choice
 * task and is not read otherwise.
 */
export type VerifiableTask = Pick<Task, "answerType" | "answer" | "shuffled" | "policy">;

/** Verifies one final answer. */
export type AnswerVerifier = (answer: string | null) => Verdict;

const ELEMENTS: { readonly [Type in ElementType]: AnswerKind<unknown> } = {
  integer: integerKind,
  number: numberKind,
  quantity: quantityKind,
  expression: expressionKind,
  string: stringKind,
  date: dateKind,
  boolean: booleanKind,
};

const KINDS: { readonly [Type in FreeAnswerType]: AnswerKind<unknown> } = {
  ...ELEMENTS,
  list: sequenceKind("list", (type) => ELEMENTS[type]),
  set: sequenceKind("set", (type) => ELEMENTS[type]),
};

/**
 * Compares one final answer with the gold answer, by the declared type and comparison rules alone
 * (docs/verification.md). The function never throws, evaluates nothing, and is bounded by
 * `MAX_ANSWER_LENGTH`. `unparsable` means that the answer cannot be read as this type. It earns the
 * same as a wrong answer.
 */
export function verify(task: VerifiableTask, answer: string | null): Verdict {
  return compile(task)(answer);
}

/** The verifier of one task. It reads the gold answer once for many answers. */
export function compile({ answerType, answer: gold, shuffled, policy = {} }: VerifiableTask): AnswerVerifier {
  if (answerType === "mcq") return bounded((answer) => verifyMcq(shuffled, gold, unwrap(answer)));
  const kind = KINDS[answerType];
  const wanted = gold.length > MAX_ANSWER_LENGTH ? null : readText(kind, gold, policy);
  return bounded((answer) => {
    const given = readText(kind, answer, policy);
    if (given === null) return "unparsable";
    return wanted === null ? "wrong" : kind.compare(wanted, given, policy);
  });
}

/** The reader and the comparison of a type. Multiple choice has its own (`mcq.ts`). */
export function kindOf(type: FreeAnswerType): AnswerKind<unknown> {
  return KINDS[type];
}

/** True when a gold answer can be verified by its declared type and comparison rules. */
export function isVerifiable(answer: string, type: AnswerType, policy: AnswerPolicy = {}): boolean {
  if (answer.length > MAX_ANSWER_LENGTH) return false;
  if (type === "mcq") return textKey(answer) !== "";
  const gold = readText(KINDS[type], answer, policy);
  return gold !== null && (KINDS[type].accepts?.(gold, policy) ?? true);
}

/**
 * True when a gold answer is of its type only as a text: no formula, no words, nothing that a
 * different spelling could equal (`\\int f`, `5 mod`). Such an answer cannot be verified.
 */
export function isOpaque(answer: string, type: AnswerType, policy: AnswerPolicy = {}): boolean {
  if (type === "mcq" || answer.length > MAX_ANSWER_LENGTH) return false;
  const gold = readText(KINDS[type], answer, policy);
  return gold !== null && (KINDS[type].isOpaque?.(gold, policy) ?? false);
}

function bounded(read: (answer: string) => Verdict): AnswerVerifier {
  return (answer) => (answer === null || answer.length > MAX_ANSWER_LENGTH ? "unparsable" : read(answer));
}
