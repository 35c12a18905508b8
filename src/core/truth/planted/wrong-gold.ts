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
  /** What the facts say. */
  readonly gold: string;
}

/**
 * A question about one of the segment's facts with a wrong gold: the value of another field of the same document (it stands in
 * the text, so no check of evidence can see it), of the same field of another document, or the right one with a character
 * changed. Null when the segment has no fact that a question of ours asks for.
 *
 * @param others other segments of the step, for `other_document` and wrong options
 * @param kind `mcq` for four options, else a free answer
 */
export function plantWrongGold(
  segment: Segment,
  others: readonly Segment[],
  kind: "mcq" | "free",
  rng: Rng,
): WrongGold | null {
  const facts = segment.document.facts.filter(
    (fact) => factField(fact.field) !== null && segment.text.includes(firstValue(fact)),
  );
  if (facts.length === 0) return null;
  const fact = rng.pick(facts);
  const gold = firstValue(fact);
  const isWrong = (text: string) => !acceptedAnswers(fact).some((value) => sameAnswer(value, text));
  /** What other documents say of a fact's field: all of it wrong here. */
  const abroad = (like: Fact) =>
    others.flatMap(({ document }) =>
      document.facts
        .filter((other) => factField(other.field) === factField(like.field))
        .map(firstValue)
        .filter(isWrong),
    );
  const changed = /\d/.test(gold) ? changeDigit(gold, rng) : changeLetter(gold, rng);
  // Each with the fact it looks like, whose other values make wrong options of the same sort.
  const tricks = [
    {
      trick: "other_field" as const,
      from: facts.flatMap((other) =>
        isWrong(firstValue(other)) ? [{ answer: firstValue(other), like: other }] : [],
      ),
    },
    {
      trick: "other_document" as const,
      from: abroad(fact).map((answer) => ({ answer, like: fact })),
    },
    { trick: "changed" as const, from: isWrong(changed) ? [{ answer: changed, like: fact }] : [] },
  ].filter(({ from }) => from.length > 0);
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
