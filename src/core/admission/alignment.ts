import type { Segment } from "../document.js";
import { contentWords } from "../normalise.js";
import type { Span } from "../spans.js";
import type { Candidate } from "../task.js";
import { type CheckResult, PASSED, refused } from "./check.js";
import { labelledLines, lineAt } from "./statements.js";
import { root } from "./stems.js";

/**
 * Where the document's lines have labels (`Capital: ...`), the evidence must be the line that the question asks about: it is
 * not when the question holds every word of another line's label but not of this one's, or of a label that says more. By
 * spelling alone, so a question in words of its own passes; structured facts are not consulted, they are the oracle that
 * measures us.
 */
export function checkAlignment(
  { question }: Candidate,
  segment: Segment,
  evidence: Span | null,
): CheckResult {
  if (evidence === null) return PASSED;
  const lines = labelledLines(segment);
  const own = lineAt(lines, evidence.start);
  if (own === null) return PASSED;
  const subject = new Set(contentWords(segment.document.subject).map(root));
  const asked = new Set(
    contentWords(question)
      .map(root)
      .filter((word) => !subject.has(word)),
  );
  const ownLabel = rootsOf(own.label);
  const ownAsked = ownLabel.every((word) => asked.has(word));
  const better = lines.find(({ label }) => {
    const other = rootsOf(label);
    if (other.length === 0 || !other.every((word) => asked.has(word))) return false;
    return ownAsked ? other.length > ownLabel.length && ownLabel.every((word) => other.includes(word)) : true;
  });
  return better === undefined
    ? PASSED
    : refused(
        "evidence_elsewhere",
        `The question asks about the line "${better.label}", and its evidence is the line "${own.label}".`,
      );
}

function rootsOf(label: string): string[] {
  return [...new Set(contentWords(label).map(root))];
}
