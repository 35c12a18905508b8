import { squeeze } from "../../text/normalize.js";
import type { FamilyParts } from "../from-templates.js";
import { type AttemptOrigin, FINISHED } from "../reading/origin.js";
import { afterReasoning } from "../reading/reasoning.js";
import { OPTION_SEPARATOR, parseSmallProposal, smallProposalText } from "./proposal.js";
import { parseProseProposal, proseProposalText } from "./prose.js";
import { SMALL_FORMS, SMALL_PROSE_TEMPLATES, SMALL_TEMPLATES } from "./templates.js";

/**
 * Short prompts and line-based answers, for models that cannot follow long prompts. The configured
 * mix always decides the format.
 */
export const SMALL: FamilyParts = {
  id: "small/4",
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
  parseAnswer: (text, _task, origin) => parseSmallAnswer(text, origin),
  answerText: (task) => ` ${task.answer}`,
};

/** The prompts of `small` for prose: a sentence that becomes the question, and an answer. */
export const SMALL_PROSE: FamilyParts = {
  ...SMALL,
  id: "small-prose/4",
  templates: SMALL_PROSE_TEMPLATES,
  parseProposal: parseProseProposal,
  proposalText: proseProposalText,
};

/**
 * The Reasoner's answer, which continues `Answer:`. The label may stand there again. Null when the
 * answer is empty or has several lines, when it was cut off, or when a thought did not end.
 */
export function parseSmallAnswer(text: string, origin: AttemptOrigin = FINISHED): string | null {
  // The end of the line is the end of the answer. A line that was cut off may be half a word.
  if (origin.end === "cut_off") return null;
  const lines = (afterReasoning(text, origin.thought) ?? "").trim().split(/\r\n?|\n/);
  const answer = squeeze((lines[0] ?? "").replace(/^Answer:/, ""));
  return lines.length > 1 || answer === "" ? null : answer;
}
