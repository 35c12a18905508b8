import { OPTION_COUNT } from "../../admission/options/options.js";
import type { Rng } from "../../random/rng.js";
import type { Fact, Segment } from "../../records/document.js";
import type { Candidate } from "../../records/task.js";
import { factField } from "../fact-fields.js";
import { acceptedAnswers, sameAnswer } from "../oracle.js";
import { changeDigit, changeLetter } from "./perturb.js";

/** A proposal with a gold answer that the facts contradict. */
export interface WrongGold {
  readonly trick: "other_field" | "other_document" | "changed";
  readonly candidate: Candidate;
  /** The right answer, from the facts. */
  readonly gold: string;
}

/**
 * A question about one fact of the segment with a wrong gold answer. The wrong answer is one of:
 * the value of another field of the same document (which stands in the text, so no check of
 * evidence can find it), a value of the same field of another document, or the right value with one
 * character changed.
 *
 * @param others other segments of the step, for `other_document` and for wrong options
 * @param kind `mcq` for four options, else a free answer
 * @returns null when no fact of the segment has a question template
 */
export function plantWrongGold(
  segment: Segment,
  others: readonly Segment[],
  kind: "mcq" | "free",
  rng: Rng,
): WrongGold | null {
  const facts = segment.document.facts.filter(
    (one) => factField(one.field) !== null && segment.text.includes(firstValue(one)),
  );
  if (facts.length === 0) return null;
  const fact = rng.pick(facts);
  const gold = firstValue(fact);
  const isWrong = (text: string) => !acceptedAnswers(fact).some((value) => sameAnswer(value, text));
  /** Values of this field in other documents. They are wrong answers for this document. */
  const abroad = (alike: Fact) =>
    others.flatMap(({ document }) =>
      document.facts
        .filter((other) => factField(other.field) === factField(alike.field))
        .map(firstValue)
        .filter(isWrong),
    );
  const changed = /\d/.test(gold) ? changeDigit(gold, rng) : changeLetter(gold, rng);
  // `like`: a fact of the same kind, used to find plausible wrong options.
  const tricks = [
    {
      trick: "other_field" as const,
      from: facts.flatMap((other) =>
        isWrong(firstValue(other)) ? [{ answer: firstValue(other), like: other }] : [],
      ),
    },
    {
      trick: "other_document" as const,
      from: abroad(fact).map((value) => ({ answer: value, like: fact })),
    },
    { trick: "changed" as const, from: isWrong(changed) ? [{ answer: changed, like: fact }] : [] },
  ].filter((one) => one.from.length > 0);
  if (tricks.length === 0) return null;
  const { trick, from } = rng.pick(tricks);
  const { answer, like } = rng.pick<{ answer: string; like: Fact }>(from);
  const question = rng.pick(factField(fact.field)?.questions ?? []).replaceAll("{s}", fact.subject);
  const fill = [...new Set(abroad(like))].filter((value) => !sameAnswer(value, answer));
  const options =
    kind === "mcq" && fill.length >= OPTION_COUNT - 1
      ? [answer, ...rng.shuffle(fill).slice(0, OPTION_COUNT - 1)]
      : [];
  const candidate: Candidate = {
    question,
    answer,
    answerType: options.length > 0 ? "mcq" : "string",
    options,
    quotes: [],
  };
  return { trick, candidate, gold };
}

function firstValue({ values }: Fact): string {
  return values[0] ?? "";
}
