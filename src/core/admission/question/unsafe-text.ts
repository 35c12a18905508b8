import { defineCheck, refusedIf, shorten } from "../../checks/check.js";
import type { Candidate } from "../../records/task.js";
import { findInstruction, INSTRUCTIONS } from "../../text/detectors/instructions.js";
import { INSTRUCTIONS_ABROAD } from "../../text/detectors/instructions-abroad.js";
import { findPersonalData, PERSONAL_DATA } from "../../text/detectors/personal-data.js";
import { findSecretKind, SECRETS } from "../../text/detectors/secrets.js";
import { type CandidateInput, shownTexts } from "../input.js";

/** Question, answer and options are data to the Reasoner; text that commands it would be obeyed. */
export const instructions = defineCheck({
  setting: "instructions",
  codes: { instructions: "speaks to the model" },
  stage: "checks",
  describe: "Question, answer and options contain no instruction to a model.",
  demo: "refuse",
  cost: "regular expressions",
  patterns: [INSTRUCTIONS, INSTRUCTIONS_ABROAD],
  run: ({ candidate }: CandidateInput) =>
    refusedIf(
      firstFound(candidate, findInstruction),
      "instructions",
      (found) => `Text aimed at a model: "${shorten(found)}".`,
    ),
});

/** A secret must not become a question or an answer: the weights would learn it. */
export const secrets = defineCheck({
  setting: "secrets",
  codes: { secret: "holds a secret" },
  stage: "checks",
  describe: "Question, answer and options contain no keys or tokens.",
  demo: "refuse",
  cost: "regular expressions",
  patterns: [SECRETS],
  run: ({ candidate }: CandidateInput) =>
    refusedIf(
      firstFound(candidate, findSecretKind),
      "secret",
      (kind) => `The task holds a secret (${kind}).`,
    ),
});

/** Personal data must not become a question or an answer: the weights would learn it. */
export const personalData = defineCheck({
  setting: "personalData",
  codes: { personal_data: "holds personal data" },
  stage: "checks",
  describe:
    "Question, answer and options contain no e-mail addresses, telephone numbers, card numbers or account numbers.",
  demo: "refuse",
  cost: "regular expressions",
  patterns: [PERSONAL_DATA],
  run: ({ candidate }: CandidateInput) =>
    refusedIf(
      firstFound(candidate, findPersonalData),
      "personal_data",
      (kind) => `The task holds personal data (${kind}).`,
    ),
});

/** What a detector finds first in the texts of a candidate; null when it finds nothing. */
function firstFound(candidate: Candidate, find: (text: string) => string | null): string | null {
  for (const text of shownTexts(candidate)) {
    const found = find(text);
    if (found !== null) return found;
  }
  return null;
}
