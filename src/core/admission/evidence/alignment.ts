import { type CheckResult, defineCheck, PASSED, refused } from "../../checks/check.js";
import type { Candidate } from "../../records/task.js";
import { contentWords } from "../../text/normalize.js";
import { findSpan, type Span } from "../../text/spans.js";
import { root } from "../../text/stems.js";
import type { LabelledLine } from "../document/segment-text.js";
import type { EvidenceInput } from "../input.js";

/**
 * The evidence is another line when the question holds every word of the other line's label but not
 * of this line's label, or when the other label holds this label's words and more. Labels are
 * compared by spelling alone, so a question in words of its own passes. Structured facts are not
 * used: they are the oracle that measures admission.
 */
export const alignment = defineCheck({
  setting: "alignment",
  codes: { evidence_elsewhere: "evidence is another line than was asked about" },
  stage: "checks",
  describe:
    "Where lines have labels (`Capital: ...`), the evidence must be the line that the question asks about.",
  demo: "refuse",
  cost: "comparisons of labels",
  run: checkAlignment,
});

function checkAlignment({
  candidate,
  segment,
  text: { lines },
  evidence,
}: EvidenceInput): CheckResult<"evidence_elsewhere"> {
  if (evidence === null) return PASSED;
  const held = linesOf(candidate, lines, evidence);
  const [first] = held;
  if (first === undefined) return PASSED;
  const subject = new Set(contentWords(segment.document.subject).map(root));
  const asked = new Set(
    contentWords(candidate.question)
      .map(root)
      .filter((word) => !subject.has(word)),
  );
  const betterThan = (own: LabelledLine) => {
    const ownAsked = own.roots.every((word) => asked.has(word));
    return lines.find(({ roots }) => {
      if (roots.length === 0 || !roots.every((word) => asked.has(word))) return false;
      return ownAsked
        ? roots.length > own.roots.length && own.roots.every((word) => roots.includes(word))
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

/**
 * The quoted line; without a quote, every line that holds the answer, since any of them may be
 * meant.
 */
function linesOf(
  { answer, quotes }: Candidate,
  lines: readonly LabelledLine[],
  evidence: Span,
): readonly LabelledLine[] {
  if (quotes.length > 0)
    return lines.filter(({ start, end }) => start <= evidence.start && evidence.start <= end);
  return lines.filter(({ search }) => findSpan(search, answer) !== null);
}
