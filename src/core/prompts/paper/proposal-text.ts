import { optionLetter } from "../../answers/mcq.js";
import type { Candidate } from "../../records/task.js";

/**
 * The JSON object that `parsePaperProposal` reads as this candidate, with the fields that a task
 * needs.
 */
export function paperProposalText({
  question,
  answer,
  answerType,
  options,
  policy,
  quotes,
}: Candidate): string {
  if (answerType !== "mcq") {
    const name = answerType.charAt(0).toUpperCase() + answerType.slice(1);
    const { elements, ...details } = policy ?? {};
    const declared = elements === undefined ? details : { ...details, element_type: elements };
    return JSON.stringify(
      { relevant_quotes: quotes, question, answer, answer_type: name, ...declared },
      null,
      2,
    );
  }
  const lettered = options.map((option, index) => `${optionLetter(index)}) ${option}`).join("\n");
  return JSON.stringify(
    {
      answer_quote: quotes,
      exam_question: question,
      correct_answer: answer,
      multiple_choice_question: `${question}\n${lettered}`,
      multiple_choice_correct: optionLetter(options.indexOf(answer)),
    },
    null,
    2,
  );
}
