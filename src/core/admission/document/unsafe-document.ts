import { defineCheck, refusedIf, shorten } from "../../checks/check.js";
import { findHiddenText, HIDDEN_TEXT } from "../../text/detectors/hidden-text.js";
import { findInstruction, INSTRUCTIONS } from "../../text/detectors/instructions.js";
import { INSTRUCTIONS_ABROAD } from "../../text/detectors/instructions-abroad.js";
import { NATIONAL_IDS } from "../../text/detectors/national-ids.js";
import { findPersonalData, PERSONAL_DATA } from "../../text/detectors/personal-data.js";
import { findQualityProblem } from "../../text/detectors/quality.js";
import { findSecretKind, SECRETS } from "../../text/detectors/secrets.js";
import type { DocumentInput } from "../input.js";

/** What a reader does not see, a model reads. */
export const documentHiddenText = defineCheck({
  setting: "document.hiddenText",
  codes: { document_hidden_text: "document hides text" },
  stage: "checks",
  describe:
    "The text has no hidden parts: zero-width characters in words, overridden direction, invisible tags, hidden markup.",
  demo: "refuse",
  cost: "once for a segment",
  patterns: [HIDDEN_TEXT],
  run: ({ segment: { text } }: DocumentInput) =>
    refusedIf(findHiddenText(text), "document_hidden_text", (found) => `The text hides something: ${found}.`),
});

/** The Challenger reads the document and would obey. */
export const documentInstructions = defineCheck({
  setting: "document.instructions",
  codes: { document_instructions: "document speaks to the model" },
  stage: "checks",
  describe: "The text has no instruction to a model (`ignore previous instructions`).",
  demo: "refuse",
  cost: "once for a segment",
  patterns: [INSTRUCTIONS, INSTRUCTIONS_ABROAD],
  run: ({ segment: { text } }: DocumentInput) =>
    refusedIf(
      findInstruction(text),
      "document_instructions",
      (found) => `The text is aimed at a model: "${shorten(found)}".`,
    ),
});

export const documentSecrets = defineCheck({
  setting: "document.secrets",
  codes: { document_secret: "document holds a secret" },
  stage: "checks",
  describe: "The text contains no keys or tokens.",
  demo: "refuse",
  cost: "once for a segment",
  patterns: [SECRETS],
  run: ({ segment: { text } }: DocumentInput) =>
    refusedIf(findSecretKind(text), "document_secret", (kind) => `The text holds a secret (${kind}).`),
});

export const documentPersonalData = defineCheck({
  setting: "document.personalData",
  codes: { document_personal_data: "document holds personal data" },
  stage: "checks",
  describe:
    "The text contains no e-mail addresses, telephone numbers, card numbers, account numbers or national identity numbers.",
  demo: "count",
  cost: "once for a segment",
  patterns: [PERSONAL_DATA, NATIONAL_IDS],
  run: ({ segment: { text } }: DocumentInput) =>
    refusedIf(
      findPersonalData(text),
      "document_personal_data",
      (kind) => `The text holds personal data (${kind}).`,
    ),
});

export const documentQuality = defineCheck({
  setting: "document.quality",
  codes: { document_quality: "document unfit to ask about" },
  stage: "checks",
  describe: "The text is readable: no remains of markup, no repeated lines, 8 words or more.",
  demo: "count",
  cost: "once for a segment",
  run: ({ segment: { text } }: DocumentInput) =>
    refusedIf(
      findQualityProblem(text),
      "document_quality",
      (problem) => `The text is not fit to ask about: ${problem}.`,
    ),
});
