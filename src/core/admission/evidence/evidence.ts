import { elementsOf } from "../../answers/sequence.js";
import { passageText } from "../../corpus/passages.js";
import type { Segment } from "../../records/document.js";
import type { Refused } from "../../records/finding.js";
import type { Candidate } from "../../records/task.js";
import { contentWords } from "../../text/normalize.js";
import { findSpan, type Span } from "../../text/spans.js";
import { refused, shorten } from "../check.js";

/** A quote shorter than this, in content words, supports nothing by itself unless it holds the answer. */
const MIN_QUOTE_WORDS = 3;

export type EvidenceResult = { readonly ok: true; readonly span: Span } | Refused;

/**
 * The gold must stand in the segment. With quotes, every one of them must be found (an invented quote is a
 * fabrication) and one must say enough; its place is the evidence, because a derived answer need not be in
 * the text. Without quotes, the answer itself must be found. Search is by whole words and tolerant of case,
 * whitespace, dash and quote style and thousands commas.
 *
 * @param focus the passage that the answer (without quotes) must stand in; null: anywhere
 */
export function checkEvidence(
  candidate: Candidate,
  segment: Segment,
  focus: Span | null = null,
): EvidenceResult {
  return candidate.quotes.length > 0 ? quoted(candidate, segment) : verbatim(candidate, segment, focus);
}

function verbatim(candidate: Candidate, segment: Segment, focus: Span | null): EvidenceResult {
  const { answer } = candidate;
  const { start } = focus ?? { start: 0 };
  const span = findAnswer(focus === null ? segment.text : passageText(segment, focus), candidate);
  if (span !== null) return { ok: true, span: { start: start + span.start, end: start + span.end } };
  const elsewhere = focus !== null && findAnswer(segment.text, candidate) !== null;
  return elsewhere
    ? refused("off_focus", `The answer "${answer}" is not in the passage that was asked about.`)
    : refused("evidence_missing", `The answer "${answer}" is not in the document.`);
}

/** Where the answer stands; of a list or set every element must, and the span is that of all of them together. */
function findAnswer(text: string, { answer, answerType, policy }: Candidate): Span | null {
  const whole = findSpan(text, answer);
  if (whole !== null || (answerType !== "list" && answerType !== "set")) return whole;
  const spans = elementsOf(answer, policy?.elements ?? "string").map((element) => findSpan(text, element));
  const found = spans.filter((span) => span !== null);
  if (found.length === 0 || found.length < spans.length) return null;
  return {
    start: Math.min(...found.map((span) => span.start)),
    end: Math.max(...found.map((span) => span.end)),
  };
}

function quoted({ answer, quotes }: Candidate, segment: Segment): EvidenceResult {
  let evidence: Span | null = null;
  for (const quote of quotes) {
    const span = findSpan(segment.text, quote);
    if (span === null)
      return refused("evidence_missing", `The quote "${shorten(quote)}" is not in the document.`);
    const telling = contentWords(quote).length >= MIN_QUOTE_WORDS || findSpan(quote, answer) !== null;
    if (evidence === null && telling) evidence = span;
  }
  return evidence === null
    ? refused(
        "evidence_missing",
        `No quote holds the answer or at least ${MIN_QUOTE_WORDS} words of content.`,
      )
    : { ok: true, span: evidence };
}
