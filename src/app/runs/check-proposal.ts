import { type ExamineContext, examine } from "../../core/admission/examine.js";
import type { GradedFinding } from "../../core/checks/series.js";
import type { Document, Segment } from "../../core/records/document.js";
import type { Candidate, ParseResult } from "../../core/records/task.js";

/** What the parser and the checks say about one proposal. */
export interface CheckedText {
  /**
   * True when the parser read the proposal, and no check with the severity `refuse` found
   * anything.
   */
  readonly admitted: boolean;
  /** Null when the parser refused the text. */
  readonly candidate: Candidate | null;
  /** The document that the proposal was compared with. */
  readonly segment: Segment;
  /** The text of the segment that supports the answer; null when it was not found. */
  readonly evidence: string | null;
  /** All findings in the order of the checks; of a text that the parser refused, its refusal. */
  readonly findings: readonly GradedFinding[];
}

/** Settings and material of the checks. */
export type CheckRules = Omit<ExamineContext, "segment" | "focus">;

/**
 * Compares a parsed proposal with the documents of a file, and collects every finding. Of several
 * documents, the first one that has the evidence of the answer is used, else the first one. The
 * checks of repeats and the model checks are not run: they need a run.
 *
 * @param documents at least one
 */
export function checkProposal(
  parsed: ParseResult,
  documents: readonly [Document, ...Document[]],
  rules: CheckRules,
): CheckedText {
  const [first, ...others] = documents;
  if (!parsed.ok) {
    const { refusal: code, detail } = parsed;
    const findings = [{ code, detail, severity: "refuse" }] as const;
    return { admitted: false, candidate: null, segment: wholeSegment(first), evidence: null, findings };
  }
  const { candidate } = parsed;
  const examined = (document: Document) => {
    const segment = wholeSegment(document);
    return { segment, ...examine(candidate, { ...rules, segment, focus: null }) };
  };
  let chosen = examined(first);
  for (const document of others) {
    if (chosen.evidence !== null) break;
    const next = examined(document);
    if (next.evidence !== null) chosen = next;
  }
  const { segment, evidence, findings } = chosen;
  return {
    admitted: findings.every(({ severity }) => severity !== "refuse"),
    candidate,
    segment,
    evidence: evidence === null ? null : segment.text.slice(evidence.start, evidence.end),
    findings,
  };
}

/** A document as one segment. Its tokens are not counted, because no check looks at them. */
function wholeSegment(document: Document): Segment {
  const end = document.text.length;
  return { id: `${document.id}:0-${end}`, document, start: 0, end, text: document.text, tokens: 0 };
}
