import { findInstruction } from "../../text/detectors/instructions.js";
import { findPersonalData } from "../../text/detectors/personal-data.js";
import { findSecretKind } from "../../text/detectors/secrets.js";
import { type Check, PASSED, refused, shorten, shownTexts } from "../check.js";

/** Question, answer and options are data to the Reasoner; text that commands it would be obeyed. */
export const checkInstructions: Check = (candidate) => {
  for (const text of shownTexts(candidate)) {
    const found = findInstruction(text);
    if (found !== null) return refused("instructions", `Text aimed at a model: "${shorten(found)}".`);
  }
  return PASSED;
};

/** A secret must not become a question or an answer: the weights would learn it. */
export const checkSecrets: Check = (candidate) => {
  for (const text of shownTexts(candidate)) {
    const kind = findSecretKind(text);
    if (kind !== null) return refused("secret", `The task holds a secret (${kind}).`);
  }
  return PASSED;
};

/** Personal data must not become a question or an answer: the weights would learn it. */
export const checkPersonalData: Check = (candidate) => {
  for (const text of shownTexts(candidate)) {
    const kind = findPersonalData(text);
    if (kind !== null) return refused("personal_data", `The task holds personal data (${kind}).`);
  }
  return PASSED;
};
