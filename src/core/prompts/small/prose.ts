import { questionWithGap } from "../../corpus/gap-question.js";
import type { Prompt } from "../../records/prompt.js";
import type { Candidate, ParseResult, TaskFormat } from "../../records/task.js";
import { filledGap } from "../../text/gap.js";
import { contentWords, squeeze } from "../../text/normalize.js";
import { findSpan } from "../../text/spans.js";
import { singular } from "../../text/stems.js";
import { MAX_TEXT } from "../reading/limits.js";
import { refuse } from "../reading/refuse.js";
import { endOf, parseSmallProposal, smallProposalText } from "./proposal.js";

/** A whole sentence. A part of a sentence does not say what is asked for. */
const WHOLE = /^[\p{Lu}\p{N}"'(\u201c\u2018].*[.!]["')\u201d\u2019]?$/u;

/**
 * Reads a proposal of the prompts `small-prose`, which end in `Sentence:`:
 *
 *      The Debian project was announced by Ian Murdock in 1993.
 *     Answer: Ian Murdock
 *     Wrong: Linus Torvalds | Bruce Perens | Richard Stallman
 *
 * The Challenger chooses the sentence, the answer and the wrong options. The question is made from
 * the sentence: a gap replaces the answer, and the type of the answer is named. The first line may
 * be a question instead. The text is then read as a proposal of `small`.
 */
export function parseProseProposal(text: string, format: TaskFormat, finished: boolean): ParseResult {
  const [first = "", second = "", ...rest] = text.trim().split(/\r?\n/);
  const sentence = squeeze(first.replace(/^Sentence:/, ""));
  if (!finished || text.length > MAX_TEXT || sentence.endsWith("?") || !second.startsWith("Answer:"))
    return parseSmallProposal(text, format, finished);
  if (!WHOLE.test(sentence)) return refuse("not_a_question", "The first line is not a whole sentence.");
  const written = squeeze(second.slice("Answer:".length));
  if (written === "") return refuse("missing_field", "The line of the answer is empty.");
  const answer = asInSentence(sentence, written);
  const question = questionWithGap(sentence, answer);
  if (question === null)
    return refuse("answer_outside_sentence", `The sentence does not contain the answer "${written}".`);
  // `the`, `of the`: such a gap asks for grammar and not for knowledge.
  if (contentWords(answer).length === 0) return refuse("bad_type", "The answer has function words only.");
  return parseSmallProposal([question, `Answer: ${answer}`, ...rest].join("\n"), format, finished);
}

/**
 * The answer as the sentence writes it. A small model writes `edit` for the word `edits` of its
 * sentence. The answer is only the choice of a place in the sentence, so the word of the sentence
 * is the answer. An answer that is not in the sentence stays as it is.
 */
function asInSentence(sentence: string, answer: string): string {
  if (findSpan(sentence, answer) !== null) return answer;
  const wanted = answer.split(" ").map(numberless);
  const all = [...sentence.matchAll(/[\p{L}\p{N}][\p{L}\p{N}'\u2019-]*/gu)];
  const at = all.findIndex((_, place) =>
    wanted.every((word, next) => numberless(all[place + next]?.[0] ?? "") === word),
  );
  const [first, last] = [all[at], all[at + wanted.length - 1]];
  if (first === undefined || last === undefined) return answer;
  return sentence.slice(first.index, last.index + last[0].length);
}

function numberless(word: string): string {
  return singular(word.toLowerCase());
}

/**
 * The text that the parser reads as this candidate. A question with a gap becomes its sentence.
 *
 * @param prompt the prompt that the text continues; when it does not end in `Sentence:`, the text
 * is that of `small`
 */
export function proseProposalText(candidate: Candidate, prompt: Prompt): string {
  if (!endOf(prompt).endsWith("Sentence:")) return smallProposalText(candidate, prompt);
  const text = smallProposalText(candidate, { kind: "text", text: "Question:" });
  const sentence = filledGap(candidate.question, candidate.answer);
  return sentence === null ? text : text.replace(candidate.question, () => sentence);
}
