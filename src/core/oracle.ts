import { parseRational, sameRational } from "./answers/rational.js";
import { verifyString } from "./answers/string.js";
import type { Fact, Segment } from "./document.js";
import { FACT_FIELDS, type FactField, factField } from "./fact-fields.js";
import { containsWords, words } from "./normalise.js";
import type { Task } from "./task.js";

/**
 * Judges a gold answer against the document's structured facts, without any model: the question is mapped to
 * the field it asks for, and the answer compared with that field's values. Multiple choice is right only if
 * no wrong option is true as well.
 *
 * `unknown` when the document has no facts, the question maps to none of its fields, or it names another
 * subject: then nothing is claimed. It is a measurement, never an input to admission or reward.
 */
export function judgeGold(segment: Segment, task: Task): "right" | "wrong" | "unknown" {
  const facts = segment.document.facts.filter((fact) =>
    containsWords(words(task.question), words(fact.subject)),
  );
  const fact = askedFact(task.question, facts);
  if (fact === null) return "unknown";
  const accepted = acceptedAnswers(fact);
  const isTrue = (text: string) => accepted.some((value) => sameAnswer(value, text));
  if (!isTrue(task.answer)) return "wrong";
  const others = task.options.filter((option) => !sameAnswer(option, task.answer));
  return others.some(isTrue) ? "wrong" : "right";
}

/** The fact a question asks for; null when that is not clear. */
export function askedFact(question: string, facts: readonly Fact[]): Fact | null {
  const subject = facts[0]?.subject;
  if (subject === undefined) return null;
  const asked = without(words(question), words(subject)).join(" ");
  const field = FACT_FIELDS.find((one) => one.asks.test(asked));
  const known = field === undefined ? undefined : facts.find((fact) => factField(fact.field) === field);
  // A field outside the table is asked for by its own name.
  return known ?? (field === undefined ? unique(facts.filter((fact) => namedOutright(fact, asked))) : null);
}

/** Values of a fact, and for a list each of its items. */
export function acceptedAnswers(fact: Fact): readonly string[] {
  const field: FactField | null = factField(fact.field);
  return field?.list === true ? fact.values.flatMap((value) => [value, ...value.split(/,\s+/)]) : fact.values;
}

function namedOutright(fact: Fact, asked: string): boolean {
  return factField(fact.field) === null && containsWords(asked.split(" "), words(fact.field));
}

function unique(facts: readonly Fact[]): Fact | null {
  return facts.length === 1 ? (facts[0] ?? null) : null;
}

function sameAnswer(value: string, answer: string): boolean {
  if (verifyString(value, answer) === "correct") return true;
  const [one, other] = [parseRational(value), parseRational(answer)];
  return one !== null && other !== null && sameRational(one, other);
}

/**
 * The words with the first run of `part` taken out, so that "Central African Republic" does not ask for a
 * region.
 */
function without(all: readonly string[], part: readonly string[]): string[] {
  const start = all.findIndex((_, index) => part.every((word, offset) => all[index + offset] === word));
  return start < 0 ? [...all] : [...all.slice(0, start), ...all.slice(start + part.length)];
}
