import type { Span } from "../text/spans.js";
import { paragraphsOf } from "./sentences.js";

/** A piece of a text: a half-open range in UTF-16 code units, and its length in tokens. */
export interface SegmentBounds {
  readonly start: number;
  readonly end: number;
  readonly tokens: number;
}

/** Size of segments, in tokens of the corpus's tokenizer. */
export interface SegmentLimits {
  /**
   * Shorter pieces are joined to a neighbor. They are dropped when the joined piece would exceed
   * `maxTokens`. At least 1.
   */
  readonly minTokens: number;
  readonly maxTokens: number;
}

/**
 * Version of the code that cuts texts. It is raised when the code cuts the same text in another
 * way. store.json has the version.
 */
export const SEGMENTER_VERSION = 2;

/**
 * Cuts a text into segments of `minTokens` to `maxTokens` tokens. The text is cut at paragraphs
 * where possible, otherwise at sentences, lines or words. A line that was wrapped at a fixed width
 * does not end a paragraph. A word is cut only when it is longer than a segment. Segments are in
 * order, do not overlap, and have no white space at their ends. They have about equal length, so
 * that no short rest is left. Together they contain the whole text, with two exceptions: white
 * space between segments, and pieces shorter than `minTokens` that cannot be joined to a neighbor.
 *
 * @param count number of tokens of a text; for two texts that are joined, it may differ from the
 * sum of their numbers
 */
export function cutSegments(
  text: string,
  limits: SegmentLimits,
  count: (text: string) => number,
): SegmentBounds[] {
  const { minTokens, maxTokens } = limits;
  if (
    !Number.isInteger(minTokens) ||
    !Number.isInteger(maxTokens) ||
    minTokens < 1 ||
    maxTokens < minTokens
  ) {
    throw new RangeError(
      `Segment limits need whole numbers with 1 <= minTokens <= maxTokens, not ${minTokens} and ${maxTokens}.`,
    );
  }
  const measure = (start: number, end: number): SegmentBounds => ({
    start,
    end,
    tokens: count(text.slice(start, end)),
  });
  const whole = trimmed(text, 0, text.length);
  if (whole === null) return [];
  const units = split(text, measure(whole.start, whole.end), 0, maxTokens, measure);
  return joinShort(pack(units, maxTokens, measure), limits, measure);
}

type Measure = (start: number, end: number) => SegmentBounds;

/** Places where a text may be cut: the text between two pieces, which may be empty. */
type Boundary = (text: string) => Iterable<Span>;

const matches =
  (pattern: RegExp): Boundary =>
  (text) =>
    Array.from(text.matchAll(pattern), ({ index, 0: found }) => ({
      start: index,
      end: index + found.length,
    }));

/** The kinds of places, best first. */
const BOUNDARIES: readonly Boundary[] = [
  matches(/\n[^\S\n]*\n\s*/g),
  (text) => paragraphsOf(text).map(({ start }) => ({ start, end: start })),
  matches(/(?<=[.!?]["'\u2019\u201d)\]]*)\s+|(?<=[\u3002\uff01\uff1f])/g),
  matches(/\n\s*/g),
  matches(/\s+/g),
];

/**
 * Cuts a piece at `BOUNDARIES[level]` when it has more than `maxTokens`. A part that still has more
 * is cut at the next level.
 */
function split(
  text: string,
  piece: SegmentBounds,
  level: number,
  maxTokens: number,
  measure: Measure,
): SegmentBounds[] {
  if (piece.tokens <= maxTokens) return [piece];
  const boundary = BOUNDARIES[level];
  if (boundary === undefined) return chop(text, piece, maxTokens, measure);
  return between(text, piece, boundary).flatMap(({ start, end }) =>
    split(text, measure(start, end), level + 1, maxTokens, measure),
  );
}

/** The parts of a piece between the matches of a boundary, without surrounding white space. */
function between(text: string, piece: SegmentBounds, boundary: Boundary): Span[] {
  const parts: Span[] = [];
  const keep = (start: number, end: number) => {
    const part = trimmed(text, start, end);
    if (part !== null) parts.push(part);
  };
  let from = piece.start;
  for (const { start, end } of boundary(text.slice(piece.start, piece.end))) {
    keep(from, piece.start + start);
    from = piece.start + end;
  }
  keep(from, piece.end);
  return parts;
}

/** Cuts a word that is too long into the longest pieces that fit, never inside a surrogate pair. */
function chop(text: string, piece: SegmentBounds, maxTokens: number, measure: Measure): SegmentBounds[] {
  const parts: SegmentBounds[] = [];
  let start = piece.start;
  while (start < piece.end) {
    let fits = start;
    let tooLong = piece.end + 1;
    while (tooLong - fits > 1) {
      const middle = Math.floor((fits + tooLong) / 2);
      if (measure(start, middle).tokens <= maxTokens) fits = middle;
      else tooLong = middle;
    }
    // One character can be several tokens. A character is never cut, even when it has more tokens
    // than the limit.
    const end = Math.min(piece.end, wholeCharacter(text, start, fits));
    parts.push(measure(start, end));
    start = end;
  }
  return parts;
}

function wholeCharacter(text: string, start: number, end: number): number {
  const insidePair = (at: number) => isHigh(text.charCodeAt(at - 1)) && isLow(text.charCodeAt(at));
  const back = end > start && insidePair(end) ? end - 1 : end;
  if (back > start) return back;
  return insidePair(start + 1) ? start + 2 : start + 1;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/**
 * Joins neighboring pieces. The length of a joined piece is estimated: it is the sum of the lengths
 * of its parts. When a joined piece really has more than `maxTokens`, the pieces are joined again,
 * and each joined text is counted. Estimates are faster.
 */
function pack(units: readonly SegmentBounds[], maxTokens: number, measure: Measure): SegmentBounds[] {
  if (units.length < 2) return [...units];
  const extended = (current: SegmentBounds, unit: SegmentBounds) => ({
    start: current.start,
    end: unit.end,
    tokens: current.tokens + measure(current.end, unit.end).tokens,
  });
  const estimated = packBy(units, maxTokens, extended).map(({ start, end }) => measure(start, end));
  if (estimated.every((one) => one.tokens <= maxTokens)) return estimated;
  return packBy(units, maxTokens, (current, unit) => measure(current.start, unit.end));
}

/** Each segment gets an equal share of the remaining tokens, so that no short rest is left. */
function packBy(
  units: readonly SegmentBounds[],
  maxTokens: number,
  join: (current: SegmentBounds, unit: SegmentBounds) => SegmentBounds,
): SegmentBounds[] {
  const segments: SegmentBounds[] = [];
  let left = units.reduce((sum, unit) => sum + unit.tokens, 0);
  let current: SegmentBounds | null = null;
  let target = 0;
  for (const unit of units) {
    const joined: SegmentBounds | null =
      current !== null && current.tokens < target ? join(current, unit) : null;
    if (joined !== null && joined.tokens <= maxTokens) {
      current = joined;
    } else {
      if (current !== null) segments.push(current);
      current = unit;
      target = left / Math.ceil(left / maxTokens);
    }
    left -= unit.tokens;
  }
  if (current !== null) segments.push(current);
  return segments;
}

function joinShort(
  segments: readonly SegmentBounds[],
  limits: SegmentLimits,
  measure: Measure,
): SegmentBounds[] {
  const kept: SegmentBounds[] = [];
  for (const segment of segments) {
    const last = kept.at(-1);
    if (last !== undefined && (segment.tokens < limits.minTokens || last.tokens < limits.minTokens)) {
      const joined = measure(last.start, segment.end);
      if (joined.tokens <= limits.maxTokens) {
        kept[kept.length - 1] = joined;
        continue;
      }
    }
    kept.push(segment);
  }
  return kept.filter((one) => one.tokens >= limits.minTokens);
}

function trimmed(text: string, start: number, end: number): { start: number; end: number } | null {
  const part = text.slice(start, end);
  const inner = part.trim();
  if (inner === "") return null;
  const from = start + part.indexOf(inner);
  return { start: from, end: from + inner.length };
}
