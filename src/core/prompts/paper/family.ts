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

/** SPICE sections 3.1-3.3 and E in our own words: long prompts, JSON proposals, boxed answers. */
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
