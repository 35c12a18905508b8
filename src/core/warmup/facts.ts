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
 * One task for each structured fact whose value stands in the segment. An answer that does
 * not stand in the segment would teach the model to invent answers. The values of facts are texts,
 * so the answers are of type `string`.
 *
 * @param pool segments whose facts give the wrong options
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
 * Three wrong options for a fact: values of the same field about other subjects, chosen by
 * `wrongOptions`. Null when there are fewer than three.
 */
export function distractors(fact: Fact, pool: readonly Segment[], rng: Rng): string[] | null {
  const elsewhere = pool
    .flatMap((segment) => segment.document.facts)
    .filter((other) => other.field === fact.field && other.subject !== fact.subject)
    .flatMap((other) => other.values.slice(0, 1));
  return wrongOptions(acceptedAnswers(fact), rng.shuffle([...new Set(elsewhere)].sort()));
}

/**
 * The first three candidates that can be wrong options. A candidate is left out when its words are
 * a part of an accepted answer or of a candidate that was chosen before, or when it contains the
 * words of one of these. Null when fewer than three candidates are left.
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
