import type { Severity } from "../../checks/check.js";
import { type Screened, screen } from "../../checks/series.js";
import type { Segment } from "../../records/document.js";
import { DOCUMENT_CHECKS } from "../checks.js";
import { type AdmissionConfig, severityIn } from "../config.js";
import { readSegment, type SegmentText } from "./segment-text.js";

/**
 * What the checks of the document found on a segment, and its text made ready for the checks of
 * proposals.
 */
export interface ScreenedDocument extends Screened {
  readonly text: SegmentText;
}

/**
 * The checks of the document itself, for the segment that is shown. All proposals on a segment
 * share the outcome: a caller makes it once and hands it to `admit` for each of them.
 */
export function screenDocument(segment: Segment, config: AdmissionConfig): ScreenedDocument {
  const severityOf = (setting: string): Severity => severityIn(config, setting);
  const screened = screen(DOCUMENT_CHECKS, severityOf, { segment, settings: config.document });
  return { ...screened, text: readSegment(segment) };
}
