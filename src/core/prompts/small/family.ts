import type { PromptFamily } from "../family.js";
import { smallChallenger } from "./challenger.js";
import { parseSmallProposal, smallProposalText } from "./proposal.js";
import { parseSmallAnswer, smallBlind, smallOpenBook, smallOptionsOnly, smallReworded } from "./reasoner.js";

/**
 * Short prompts and line-based answers, for models that cannot follow long prompts. The configured
 * mix always decides the format.
 */
export const smallFamily: PromptFamily = {
  id: "small/3",
  formatSelection: () => null,
  parseFormat: () => null,
  challenger: smallChallenger,
  parseProposal: parseSmallProposal,
  proposalText: smallProposalText,
  challengerStops: ["\n\n"],
  openBook: smallOpenBook,
  reworded: smallReworded,
  optionsOnly: smallOptionsOnly,
  blind: smallBlind,
  reasonerStops: ["\n"],
  parseAnswer: parseSmallAnswer,
  answerText: (task) => ` ${task.answer}`,
};
