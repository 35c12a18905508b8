import { squeeze } from "../../text/normalize.js";
import type { FamilyParts } from "../from-templates.js";
import { OPTION_SEPARATOR, parseSmallProposal, smallProposalText } from "./proposal.js";
import { parseProseProposal, proseProposalText } from "./prose.js";
import { SMALL_FORMS, SMALL_PROSE_TEMPLATES, SMALL_TEMPLATES } from "./templates.js";

/**
 * Short prompts and line-based answers, for models that cannot follow long prompts. The configured
 * mix always decides the format.
 */
export const SMALL: FamilyParts = {
  id: "small/3",
  templates: SMALL_TEMPLATES,
  system: null,
  documentText: ({ text }) => text,
  typeSlots: (type) => ({ type, form: SMALL_FORMS[type] }),
  moreSlots: [],
  optionsText: ({ shuffled }) => shuffled.join(OPTION_SEPARATOR),
  parseFormat: () => null,
  parseProposal: parseSmallProposal,
  proposalText: smallProposalText,
  challengerStops: ["\n\n"],
  reasonerStops: ["\n"],
  parseAnswer: parseSmallAnswer,
  answerText: (task) => ` ${task.answer}`,
};

/** The prompts of `small` for prose: a sentence that becomes the question, and an answer. */
export const SMALL_PROSE: FamilyParts = {
  ...SMALL,
  id: "small-prose/3",
  templates: SMALL_PROSE_TEMPLATES,
  parseProposal: parseProseProposal,
  proposalText: proseProposalText,
};

/** The Reasoner's answer, which continues `Answer:`. Null when it is empty or has several lines. */
export function parseSmallAnswer(text: string): string | null {
  const lines = text.trim().split(/\r?\n/);
  const answer = squeeze(lines[0] ?? "");
  return lines.length > 1 || answer === "" ? null : answer;
}
