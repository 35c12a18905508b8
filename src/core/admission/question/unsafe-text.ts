import { defineCheck, refusedIf, shorten } from "../../checks/check.js";
import { findInstruction, INSTRUCTIONS } from "../../text/detectors/instructions.js";
import { INSTRUCTIONS_ABROAD } from "../../text/detectors/instructions-abroad.js";
import { NATIONAL_IDS } from "../../text/detectors/national-ids.js";
import { findPersonalData, PERSONAL_DATA } from "../../text/detectors/personal-data.js";
import { findSecretKind, SECRETS } from "../../text/detectors/secrets.js";
import { filledGap } from "../../text/gap.js";
import { evidenceStatements } from "../evidence/statements.js";
import { type EvidenceInput, shownTexts } from "../input.js";

/** Question, answer and options are data to the Reasoner; text that commands it would be obeyed. */
export const instructions = defineCheck({
  setting: "instructions",
  codes: { instructions: "speaks to the model" },
  stage: "checks",
  describe: "Question, answer and options contain no instruction to a model.",
  demo: "refuse",
  cost: "regular expressions",
  patterns: [INSTRUCTIONS, INSTRUCTIONS_ABROAD],
  run: (input: EvidenceInput) =>
    refusedIf(
      firstFound(input, findInstruction),
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
  run: (input: EvidenceInput) =>
    refusedIf(firstFound(input, findSecretKind), "secret", (kind) => `The task holds a secret (${kind}).`),
});

/** Personal data must not become a question or an answer: the weights would learn it. */
export const personalData = defineCheck({
  setting: "personalData",
  codes: { personal_data: "holds personal data" },
  stage: "checks",
  describe:
    "Question, answer and options contain no e-mail addresses, telephone numbers, card numbers, account numbers or national identity numbers. Of a question with a gap, the sentence is searched too.",
  demo: "refuse",
  cost: "regular expressions",
  patterns: [PERSONAL_DATA, NATIONAL_IDS],
  run: (input: EvidenceInput) =>
    refusedIf(
      firstFound(input, findPersonalData),
      "personal_data",
      (kind) => `The task holds personal data (${kind}).`,
    ),
});

/**
 * What a detector finds first in the texts of a task; null when it finds nothing. The gap of a
 * question may part what a detector searches for (`Write to help@___.com`), so the sentence with
 * the answer in its gap is searched too, and so is the evidence of the sentence.
 */
function firstFound(input: EvidenceInput, find: (text: string) => string | null): string | null {
  const { candidate } = input;
  for (const text of [...shownTexts(candidate), ...gapTexts(input)]) {
    const found = find(text);
    if (found !== null) return found;
  }
  return null;
}

/** Texts that a question with a gap is about; empty for other questions. */
function gapTexts(input: EvidenceInput): readonly string[] {
  const { question, answer } = input.candidate;
  if (!/_{2,}/.test(question)) return [];
  const filled = filledGap(question, answer) ?? question.replace(/_{2,}/g, () => answer);
  return [filled, ...evidenceStatements(input)];
}
