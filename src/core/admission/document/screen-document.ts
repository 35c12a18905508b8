import type { Severity } from "../../checks/check.js";
import { type Screened, screen } from "../../checks/series.js";
import type { Segment } from "../../records/document.js";
import { DOCUMENT_CHECKS } from "../checks.js";
import { type AdmissionConfig, severityIn } from "../config.js";
import { readSegment, type SegmentText } from "./segment-text.js";

/**
 * The result of the document checks on a segment, and the text of the segment in the form that the
 * checks of proposals need.
 */
export interface ScreenedDocument extends Screened {
  readonly text: SegmentText;
}

/**
 * Runs the document checks on a segment. All proposals on a segment share the result: a caller runs
 * this function once and passes the result to `admit` for each proposal.
 */
export function screenDocument(segment: Segment, config: AdmissionConfig): ScreenedDocument {
  const severityOf = (setting: string): Severity => severityIn(config, setting);
  const screened = screen(DOCUMENT_CHECKS, severityOf, { segment, settings: config.document });
  return { ...screened, text: readSegment(segment) };
}
