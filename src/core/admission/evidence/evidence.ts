import { elementsOf } from "../../answers/list-items.js";
import { defineCheck, refused, shorten } from "../../checks/check.js";
import { passageText } from "../../corpus/passages.js";
import type { Segment } from "../../records/document.js";
import type { Candidate } from "../../records/task.js";
import { contentWords } from "../../text/normalize.js";
import { findSpan, type SearchableText, type Span } from "../../text/spans.js";
import type { SegmentText } from "../document/segment-text.js";
import type { EvidenceResult, ProposalInput } from "../input.js";

/** A quote with fewer words with content supports nothing by itself unless it holds the answer. */
const MIN_QUOTE_WORDS = 3;

/**
 * The gold must stand in the segment. The search itself is `findEvidence`, which admission always
 * makes.
 */
export const evidence = defineCheck({
  setting: "evidence",
  codes: {
    evidence_missing: "answer not in the document",
    off_focus: "answer outside the passage that was asked about",
  },
  stage: "checks",
  describe:
    "Every quote must stand in the segment. An answer without quotes must stand in the focus, or in the segment when there is no focus.",
  paper: "not checked",
  demo: "refuse",
  cost: "searches in the segment",
  run: ({ found }: Pick<ProposalInput, "found">) => found,
});

/**
 * Find the evidence of an answer. With quotes, every one of them must be found (an invented quote
 * is a fabrication) and one must say enough. The place of that quote is the evidence, because a
 * derived answer need not stand in the text. Without quotes, the answer itself must be found. The
 * search is by whole words and tolerant of case, white space, dash and quote style and thousands
 * commas.
 *
 * @param focus the passage that an answer without quotes must stand in; null: anywhere
 */
export function findEvidence(
  candidate: Candidate,
  segment: Segment,
  text: SegmentText,
  focus: Span | null,
): EvidenceResult {
  return candidate.quotes.length > 0 ? quoted(candidate, text) : verbatim(candidate, segment, text, focus);
}

function verbatim(
  candidate: Candidate,
  segment: Segment,
  { search }: SegmentText,
  focus: Span | null,
): EvidenceResult {
  const { answer } = candidate;
  const { start } = focus ?? { start: 0 };
  const span = findAnswer(focus === null ? search : passageText(segment, focus), candidate);
  if (span !== null) return { ok: true, span: { start: start + span.start, end: start + span.end } };
  const elsewhere = focus !== null && findAnswer(search, candidate) !== null;
  return elsewhere
    ? refused("off_focus", `The answer "${answer}" is not in the passage that was asked about.`)
    : refused("evidence_missing", `The answer "${answer}" is not in the document.`);
}

/**
 * Where the answer stands. Of a list or set every element must be found; the span is from the first
 * to the last of them.
 */
function findAnswer(text: string | SearchableText, { answer, answerType, policy }: Candidate): Span | null {
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

function quoted({ answer, quotes }: Candidate, { search }: SegmentText): EvidenceResult {
  let place: Span | null = null;
  for (const quote of quotes) {
    const span = findSpan(search, quote);
    if (span === null)
      return refused("evidence_missing", `The quote "${shorten(quote)}" is not in the document.`);
    const telling = contentWords(quote).length >= MIN_QUOTE_WORDS || findSpan(quote, answer) !== null;
    if (place === null && telling) place = span;
  }
  return place === null
    ? refused(
        "evidence_missing",
        `No quote holds the answer or at least ${MIN_QUOTE_WORDS} words of content.`,
      )
    : { ok: true, span: place };
}
