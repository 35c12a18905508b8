import type { Segment } from "../../records/document.js";
import type { DocumentAdmissionConfig, Severity } from "../../records/experiment.js";
import { findHiddenText } from "../../text/detectors/hidden-text.js";
import { findInstruction } from "../../text/detectors/instructions.js";
import { findPersonalData } from "../../text/detectors/personal-data.js";
import { findQualityProblem } from "../../text/detectors/quality.js";
import { findSecretKind } from "../../text/detectors/secrets.js";
import { type CheckResult, PASSED, refused, shorten } from "../check.js";
import { type Screened, screen } from "../series.js";
import { checkLicense, checkOptOut } from "./license.js";

const CHECKS: readonly (readonly [
  severity: (config: DocumentAdmissionConfig) => Severity,
  check: (segment: Segment, config: DocumentAdmissionConfig) => CheckResult,
])[] = [
  [(config) => config.licence, ({ document }, { licences }) => checkLicense(document, licences)],
  [(config) => config.licence, ({ document }) => checkOptOut(document)],
  [
    (config) => config.hiddenText,
    ({ text }) =>
      found(findHiddenText(text), (what) =>
        refused("document_hidden_text", `The text hides something: ${what}.`),
      ),
  ],
  [
    (config) => config.instructions,
    ({ text }) =>
      found(findInstruction(text), (what) =>
        refused("document_instructions", `The text is aimed at a model: "${shorten(what)}".`),
      ),
  ],
  [
    (config) => config.secrets,
    ({ text }) =>
      found(findSecretKind(text), (what) => refused("document_secret", `The text holds a secret (${what}).`)),
  ],
  [
    (config) => config.personalData,
    ({ text }) =>
      found(findPersonalData(text), (what) =>
        refused("document_personal_data", `The text holds personal data (${what}).`),
      ),
  ],
  [
    (config) => config.quality,
    ({ text }) =>
      found(findQualityProblem(text), (what) =>
        refused("document_quality", `The text is not fit to ask about: ${what}.`),
      ),
  ],
];

const known = new WeakMap<Segment, { config: DocumentAdmissionConfig; screened: Screened }>();

/**
 * The checks of the document itself, for the segment that is shown. All proposals on a segment share the outcome, so it is
 * computed once; a caller may ask before the Challenger writes anything.
 */
export function screenDocument(segment: Segment, config: DocumentAdmissionConfig): Screened {
  const before = known.get(segment);
  if (before?.config === config) return before.screened;
  const screened = screen(
    CHECKS.map(([severity, check]) => [severity(config), () => check(segment, config)] as const),
  );
  known.set(segment, { config, screened });
  return screened;
}

function found(what: string | null, refuse: (what: string) => CheckResult): CheckResult {
  return what === null ? PASSED : refuse(what);
}
