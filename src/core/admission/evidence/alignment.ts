import type { Segment } from "../../records/document.js";
import type { Candidate } from "../../records/task.js";
import { contentWords } from "../../text/normalize.js";
import { findSpan, type Span } from "../../text/spans.js";
import { root } from "../../text/stems.js";
import { type CheckResult, PASSED, refused } from "../check.js";
import { type LabelledLine, labelledLines } from "./statements.js";

/**
 * Where the document's lines have labels (`Capital: ...`), the evidence must be the line that the question asks about: it is
 * not when the question holds every word of another line's label but not of this one's, or of a label that says more. By
 * spelling alone, so a question in words of its own passes; structured facts are not consulted, they are the oracle that
 * measures us.
 */
export function checkAlignment(candidate: Candidate, segment: Segment, evidence: Span | null): CheckResult {
  if (evidence === null) return PASSED;
  const lines = labelledLines(segment);
  const held = linesOf(candidate, segment, lines, evidence);
  const [first] = held;
  if (first === undefined) return PASSED;
  const subject = new Set(contentWords(segment.document.subject).map(root));
  const asked = new Set(
    contentWords(candidate.question)
      .map(root)
      .filter((word) => !subject.has(word)),
  );
  const betterThan = (own: LabelledLine) => {
    const ownLabel = rootsOf(own.label);
    const ownAsked = ownLabel.every((word) => asked.has(word));
    return lines.find(({ label }) => {
      const other = rootsOf(label);
      if (other.length === 0 || !other.every((word) => asked.has(word))) return false;
      return ownAsked
        ? other.length > ownLabel.length && ownLabel.every((word) => other.includes(word))
        : true;
    });
  };
  const better = held.map(betterThan);
  const [elsewhere] = better;
  return elsewhere === undefined || better.includes(undefined)
    ? PASSED
    : refused(
        "evidence_elsewhere",
        `The question asks about the line "${elsewhere.label}", and its evidence is the line "${first.label}".`,
      );
}

/** The quoted line; without a quote, every line that holds the answer, since any of them may be meant. */
function linesOf(
  { answer, quotes }: Candidate,
  { text }: Segment,
  lines: readonly LabelledLine[],
  evidence: Span,
): readonly LabelledLine[] {
  if (quotes.length > 0)
    return lines.filter(({ start, end }) => start <= evidence.start && evidence.start <= end);
  return lines.filter(({ start, end }) => findSpan(text.slice(start, end), answer) !== null);
}

function rootsOf(label: string): string[] {
  return [...new Set(contentWords(label).map(root))];
}
