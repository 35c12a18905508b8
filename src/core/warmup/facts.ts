import { OPTION_COUNT } from "../admission/options/options.js";
import { passages } from "../corpus/passages.js";
import type { Rng } from "../random/rng.js";
import type { Fact, Segment } from "../records/document.js";
import { answerKey, containsWords, words } from "../text/normalize.js";
import { findSpan, type Span } from "../text/spans.js";
import { factField } from "../truth/fact-fields.js";
import { acceptedAnswers } from "../truth/oracle.js";
import type { KnownTask } from "./known-task.js";

/**
 * One task for each structured fact whose value the segment shows. A fact that the segment does not
 * show would teach the model to invent answers. Facts are texts, so their answers are of type
 * `string`.
 *
 * @param pool segments whose facts of the same field give the wrong options
 */
export function factTasks(segment: Segment, pool: readonly Segment[], rng: Rng): readonly KnownTask[] {
  return segment.document.facts.flatMap((fact): readonly KnownTask[] => {
    const [answer] = fact.values;
    const value = answer === undefined ? null : findSpan(segment.text, answer);
    if (answer === undefined || value === null) return [];
    return [
      {
        source: "facts",
        question: questionFor(fact, rng),
        answer,
        answerType: "string",
        wrong: distractors(fact, pool, rng) ?? [],
        passage: passageAround(segment, value),
      },
    ];
  });
}

/** The passage that contains a span; null when no passage does. */
export function passageAround(segment: Segment, { start, end }: Span): Span | null {
  return passages(segment).find((one) => one.start <= start && end <= one.end) ?? null;
}

function questionFor({ field, subject }: Fact, rng: Rng): string {
  const name = field.toLowerCase();
  const own = / by$/.test(name) ? `Who or what was {s} ${name}?` : `What is the ${name} of {s}?`;
  const templates = factField(field)?.questions ?? [own];
  return rng.pick(templates).replaceAll("{s}", () => subject);
}

/**
 * Values of the same field in other documents. No value contains, or is contained in, an accepted
 * answer or another value; null when there are too few.
 */
export function distractors(fact: Fact, pool: readonly Segment[], rng: Rng): string[] | null {
  const elsewhere = pool
    .flatMap((segment) => segment.document.facts)
    .filter((other) => other.field === fact.field && other.subject !== fact.subject)
    .flatMap((other) => other.values.slice(0, 1));
  return wrongOptions(acceptedAnswers(fact), rng.shuffle([...new Set(elsewhere)].sort()));
}

/**
 * The first candidates that share no run of words with an accepted answer or with each other; null
 * when there are fewer than a multiple-choice task needs.
 */
export function wrongOptions(accepted: readonly string[], candidates: readonly string[]): string[] | null {
  const taken = accepted.map(answerWords);
  const chosen: string[] = [];
  for (const value of candidates) {
    const own = answerWords(value);
    const meets = taken.some((other) => containsWords(other, own) || containsWords(own, other));
    if (own.length === 0 || meets) continue;
    taken.push(own);
    chosen.push(value);
    if (chosen.length === OPTION_COUNT - 1) return chosen;
  }
  return null;
}

function answerWords(text: string): string[] {
  return words(answerKey(text));
}
