import { parseRational, sameRational } from "../answers/rational.js";
import { verifyString } from "../answers/string.js";
import type { Fact, Segment } from "../records/document.js";
import type { GoldVerdict } from "../records/episode.js";
import type { Candidate } from "../records/task.js";
import { containsWords, words } from "../text/normalize.js";
import { FACT_FIELDS, type FactField, factField } from "./fact-fields.js";

/**
 * Compares a gold answer with the structured facts of the document, without any model. The question
 * is mapped to the field that it asks for, and the answer is compared with the values of that
 * field. A multiple-choice task is right only if no wrong option is also true. A question for a
 * field that the document does not have is wrong. The result is `unknown` when the document has no
 * facts, when the question maps to no field, or when the question names another subject. The oracle
 * only measures. It never decides admission or reward.
 */
export function askOracle(
  segment: Segment,
  task: Pick<Candidate, "question" | "answer" | "options">,
): GoldVerdict {
  const { facts, kind } = segment.document;
  const about = facts.filter((one) => containsWords(words(task.question), words(one.subject)));
  const asked = askedField(task.question, about);
  if (asked === null) return "unknown";
  const fact = about.find((one) => one.field === asked || factField(one.field) === asked);
  if (fact === undefined) return kind === "facts" ? "wrong" : "unknown";
  const accepted = acceptedAnswers(fact);
  const isTrue = (text: string) => accepted.some((value) => sameAnswer(value, text));
  if (!isTrue(task.answer)) return "wrong";
  const others = task.options.filter((option) => !sameAnswer(option, task.answer));
  return others.some(isTrue) ? "wrong" : "right";
}

/**
 * The field that a question asks for: a field of the table, also when the facts do not have it, or
 * a fact outside the table that the question names. Null when the field is not clear or when there
 * are no facts.
 */
export function askedField(question: string, facts: readonly Fact[]): FactField | string | null {
  const subject = facts[0]?.subject;
  if (subject === undefined) return null;
  const asked = without(words(question), words(subject));
  const field = FACT_FIELDS.find((one) => one.asks.test(asked.join(" ")));
  const spelledOut = facts.filter(
    (fact) => factField(fact.field) === null && containsWords(asked, words(fact.field)),
  );
  const [own, ...more] = spelledOut;
  const isOwn = own !== undefined && more.length === 0;
  // The words of the table are those of countries. A document with a field of this name means it.
  const hasField = facts.some((fact) => factField(fact.field) === field);
  if (field !== undefined && (hasField || !isOwn)) return field;
  return isOwn ? own.field : null;
}

/** The values of a fact. For a list, also each item. */
export function acceptedAnswers(fact: Fact): readonly string[] {
  const field: FactField | null = factField(fact.field);
  return field?.list === true ? fact.values.flatMap((value) => [value, ...value.split(/,\s+/)]) : fact.values;
}

/** True when an answer and a value have the same words or the same number. */
export function sameAnswer(value: string, answer: string): boolean {
  if (verifyString(value, answer) === "correct") return true;
  const [one, other] = [parseRational(value), parseRational(answer)];
  return one !== null && other !== null && sameRational(one, other);
}

/**
 * The words without the first occurrence of `part`, so that "Central African Republic" does not ask
 * for a region.
 */
function without(all: readonly string[], part: readonly string[]): string[] {
  const start = all.findIndex((_, index) => part.every((word, offset) => all[index + offset] === word));
  return start < 0 ? [...all] : [...all.slice(0, start), ...all.slice(start + part.length)];
}
