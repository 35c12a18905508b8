import { optionLetter } from "../../answers/mcq.js";
import type { Task } from "../../records/task.js";
import type { FamilyParts } from "../from-templates.js";
import { boxedAnswer } from "../reading/boxed.js";
import { FINISHED } from "../reading/origin.js";
import { parsePaperFormat } from "./format.js";
import { parsePaperProposal } from "./proposal.js";
import { paperProposalText } from "./proposal-text.js";
import { PAPER_TEMPLATES } from "./templates.js";
import { PAPER_SLOTS, paperTypeSlots } from "./type-slots.js";

/**
 * The prompts of SPICE (sections 3.1 to 3.3 and appendix E) in our own words: long prompts,
 * proposals as JSON, answers in boxes.
 */
export const PAPER: FamilyParts = {
  id: "paper/2",
  templates: PAPER_TEMPLATES,
  // The generic system message of an assistant (SPICE Fig. 8, chat models).
  system: "You are a helpful assistant.",
  // A closing marker inside the text is changed, so that a document cannot end its own block.
  documentText: ({ text }) => text.replaceAll("</document>", "< /document>"),
  typeSlots: paperTypeSlots,
  moreSlots: PAPER_SLOTS,
  optionsText: ({ shuffled }) =>
    shuffled.map((option, index) => `${optionLetter(index)}) ${option}`).join("\n"),
  parseFormat: parsePaperFormat,
  parseProposal: parsePaperProposal,
  proposalText: paperProposalText,
  challengerStops: [],
  reasonerStops: [],
  parseAnswer: (text, _task, { thought } = FINISHED) => boxedAnswer(text, thought),
  answerText: paperAnswerText,
};

/**
 * The text that the parser reads as the gold answer. For multiple choice, the box contains the
 * letter.
 */
export function paperAnswerText({ answer, answerType, shuffled }: Task): string {
  return `\\boxed{${answerType === "mcq" ? optionLetter(shuffled.indexOf(answer)) : answer}}`;
}
