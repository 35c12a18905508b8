import type { PromptFamily } from "../family.js";
import { paperChallenger } from "./challenger.js";
import { paperFormatSelection, parsePaperFormat } from "./format.js";
import { parsePaperProposal } from "./proposal.js";
import { paperProposalText } from "./proposal-text.js";
import {
  paperAnswerText,
  paperBlind,
  paperOpenBook,
  paperOptionsOnly,
  paperReworded,
  parsePaperAnswer,
} from "./reasoner.js";

/**
 * The prompts of SPICE (sections 3.1 to 3.3 and appendix E) in our own words: long prompts,
 * proposals as JSON, answers in boxes.
 */
export const paperFamily: PromptFamily = {
  id: "paper/1",
  formatSelection: paperFormatSelection,
  parseFormat: parsePaperFormat,
  challenger: paperChallenger,
  parseProposal: parsePaperProposal,
  proposalText: paperProposalText,
  challengerStops: [],
  openBook: paperOpenBook,
  reworded: paperReworded,
  optionsOnly: paperOptionsOnly,
  blind: paperBlind,
  reasonerStops: [],
  parseAnswer: parsePaperAnswer,
  answerText: paperAnswerText,
};
