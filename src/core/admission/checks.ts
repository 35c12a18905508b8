import { contamination } from "./contamination/contaminated.js";
import { license, optOut } from "./document/license.js";
import {
  documentHiddenText,
  documentInstructions,
  documentPersonalData,
  documentQuality,
  documentSecrets,
} from "./document/unsafe-document.js";
import { alignment } from "./evidence/alignment.js";
import { ambiguity } from "./evidence/ambiguity.js";
import { derivable } from "./evidence/derivable.js";
import { evidence } from "./evidence/evidence.js";
import { engine, form } from "./form.js";
import { openBook, optionsOnly, paraphrase, subjectBlind } from "./model/definitions.js";
import { optionLength, optionPattern, optionTruth, optionVerbatim } from "./options/option-hygiene.js";
import { optionKinds } from "./options/option-kinds.js";
import { options } from "./options/options.js";
import { answerKind } from "./question/answer-kind.js";
import { choice } from "./question/choice.js";
import { deixis } from "./question/deixis.js";
import { documentReference } from "./question/document-reference.js";
import { incomplete } from "./question/incomplete.js";
import { leak } from "./question/leak.js";
import { needsText } from "./question/needs-text.js";
import { subject } from "./question/subject.js";
import { instructions, personalData, secrets } from "./question/unsafe-text.js";
import { REPEAT_CHECKS } from "./repeats/repeat-checks.js";

/** The document checks. They run once for a segment, before any proposal is sampled. */
export const DOCUMENT_CHECKS = [
  license,
  optOut,
  documentHiddenText,
  documentInstructions,
  documentSecrets,
  documentPersonalData,
  documentQuality,
] as const;

/**
 * The checks of a proposal that need no model. They run after the check of the options' form and
 * after the document checks.
 */
export const PROPOSAL_CHECKS = [
  evidence,
  optionKinds,
  optionLength,
  optionPattern,
  optionVerbatim,
  optionTruth,
  incomplete,
  subject,
  documentReference,
  deixis,
  needsText,
  leak,
  choice,
  answerKind,
  derivable,
  alignment,
  ambiguity,
  instructions,
  secrets,
  personalData,
  contamination,
] as const;

/** The model checks: the checks that ask the Reasoner, cheapest first. */
export const MODEL_CHECKS = [optionsOnly, subjectBlind, openBook, paraphrase] as const;

/**
 * All checks of admission of this package, in the order of metrics and reports. The checks run in
 * this order, with three exceptions: `DOCUMENT_CHECKS` run before any proposal is sampled; `engine`
 * is the first check of a sampled proposal; `REPEAT_CHECKS` run again after `MODEL_CHECKS`, to find
 * repeats within the step. The first refusal is the reason. Everything that names checks is derived
 * from this list: reason codes, settings, labels, stages, metrics and the list in
 * docs/admission.md. A new check is a file and an entry in one of the lists above
 * (docs/admission.md).
 */
export const CHECKS = [
  form,
  options,
  ...DOCUMENT_CHECKS,
  ...PROPOSAL_CHECKS,
  ...REPEAT_CHECKS,
  ...MODEL_CHECKS,
  engine,
] as const;
