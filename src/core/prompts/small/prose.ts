import { completionQuestion } from "../../corpus/completion.js";
import type { Prompt } from "../../records/prompt.js";
import type { Candidate, ParseResult, TaskFormat } from "../../records/task.js";
import { filledGap } from "../../text/gap.js";
import { contentWords, squeeze } from "../../text/normalize.js";
import { MAX_TEXT } from "../reading/limits.js";
import { refuse } from "../reading/refuse.js";
import { endsWithQuestion, parseSmallProposal, smallProposalText } from "./proposal.js";

const SENTENCE = "Sentence:";
/** A whole sentence. A part of a sentence does not say what is asked for. */
const WHOLE = /^[\p{Lu}\p{N}"'(\u201c\u2018].*[.!?]["')\u201d\u2019]?$/u;

/**
 * Reads a proposal of the prompts `small-prose`:
 *
 *      Ian Murdock
 *     Sentence: The Debian project was announced by Ian Murdock in 1993.
 *     Wrong: Linus Torvalds | Bruce Perens | Richard Stallman
 *
 * The Challenger chooses the sentence, the answer and the wrong options. The question is made from
 * the sentence: a gap replaces the answer, and the type of the answer is named. The second line may
 * be a question instead (`Question: What is Squid?`). The text is then read as a proposal of
 * `small`.
 */
export function parseProseProposal(text: string, format: TaskFormat, finished: boolean): ParseResult {
  const [answer = "", second = "", ...rest] = text.trim().split(/\r?\n/);
  if (!finished || text.length > MAX_TEXT || !second.startsWith(SENTENCE))
    return parseSmallProposal(text, format, finished);
  const sentence = squeeze(second.slice(SENTENCE.length));
  if (!WHOLE.test(sentence)) return refuse("bad_type", "The second line is not a whole sentence.");
  const wanted = squeeze(answer.replace(/^Answer:/, ""));
  const question = completionQuestion(sentence, wanted);
  if (question === null) return refuse("bad_type", "The sentence does not contain the answer.");
  // `the`, `of the`: such a gap asks for grammar and not for knowledge.
  if (contentWords(wanted).length === 0) return refuse("bad_type", "The answer has function words only.");
  return parseSmallProposal([answer, `Question: ${question}`, ...rest].join("\n"), format, finished);
}

/**
 * The text that the parser reads as this candidate. A question with a gap becomes its sentence.
 *
 * @param prompt the prompt that the text continues; when it ends in `Question:`, the text begins
 * with the question
 */
export function proseProposalText(candidate: Candidate, prompt: Prompt): string {
  const text = smallProposalText(candidate, prompt);
  const sentence = filledGap(candidate.question, candidate.answer);
  if (sentence === null || endsWithQuestion(prompt)) return text;
  return text.replace(`Question: ${candidate.question}`, () => `${SENTENCE} ${sentence}`);
}
