import { parsePaperProposal } from "../parse/paper-proposal.js";
import { paperProposalText } from "../parse/paper-proposal-text.js";
import type { PromptFamily } from "./family.js";
import { paperChallenger } from "./paper-challenger.js";
import { paperFormatSelection, parsePaperFormat } from "./paper-format.js";
import {
  paperAnswerText,
  paperBlind,
  paperOpenBook,
  paperOptionsOnly,
  paperReworded,
  parsePaperAnswer,
} from "./paper-reasoner.js";

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
