import { fold } from "./normalize.js";
import { hasUnspaced } from "./unspaced.js";

/** A half-open range in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * A text made ready for searching. To make it costs one pass over the text, so a caller that
 * searches the same text often makes it once and hands it on.
 */
export interface SearchableText {
  /** The folded text. */
  readonly folded: string;
  /**
   * For each UTF-16 code unit of `folded` the place in the text where it comes from, and the text's
   * length.
   */
  readonly origin: readonly number[];
}

/**
 * Finds `needle` in `haystack` as whole words, tolerant of case, white space, dash and quote style
 * and thousands commas. The first occurrence wins.
 *
 * @param haystack a text, or the same text made ready with `searchable`
 * @returns the place in the text; null when the needle is absent or has no letter and no digit
 */
export function findSpan(haystack: string | SearchableText, needle: string): Span | null {
  for (const span of spansOf(haystack, needle)) return span;
  return null;
}

/** All places of `needle` that `findSpan` could find, in their order. They do not overlap. */
export function findSpans(haystack: string | SearchableText, needle: string): readonly Span[] {
  return [...spansOf(haystack, needle)];
}

function* spansOf(haystack: string | SearchableText, needle: string): Generator<Span> {
  const wanted = searchable(needle).folded.trim();
  if (!/[\p{L}\p{N}]/u.test(wanted)) return;
  const { folded, origin } = typeof haystack === "string" ? searchable(haystack) : haystack;
  let at = folded.indexOf(wanted);
  while (at >= 0) {
    const end = at + wanted.length;
    const alone = standsAlone(folded, at, end);
    // The span ends after the source character of the last folded unit, which may have been longer
    // than one unit.
    if (alone) yield { start: origin[at] as number, end: origin[end] as number };
    at = folded.indexOf(wanted, alone ? end : at + 1);
  }
}

const PLAIN = /[a-zA-Z0-9.;:()'"-]/;
const COMBINING = /\p{M}/u;

/** Fold a text for searching. */
export function searchable(source: string): SearchableText {
  let folded = "";
  const origin: number[] = [];
  const push = (piece: string, from: number) => {
    for (let unit = 0; unit < piece.length; unit += 1) origin.push(from);
    folded += piece;
  };
  let index = 0;
  while (index < source.length) {
    const start = index;
    const character = source.charAt(index);
    // Almost every character of almost every document: plain, and not followed by a combining mark.
    if (PLAIN.test(character) && source.charCodeAt(index + 1) < 0x300) {
      push(character.toLowerCase(), start);
      index += 1;
      continue;
    }
    index += codePointLength(source, index);
    // A base character and its marks are normalised together, as they are in a whole text.
    while (
      index < source.length &&
      COMBINING.test(source.slice(index, index + codePointLength(source, index)))
    ) {
      index += codePointLength(source, index);
    }
    const piece = fold(source.slice(start, index));
    if (/^\s+$/.test(piece)) {
      if (!folded.endsWith(" ")) push(" ", start);
    } else if (!(piece === "," && isThousandsComma(source, start))) {
      push(piece, start);
    }
  }
  origin.push(source.length);
  return { folded, origin };
}

function codePointLength(text: string, index: number): number {
  return (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
}

function isThousandsComma(source: string, at: number): boolean {
  return /\d/.test(source.charAt(at - 1)) && /^\d{3}(?!\d)/.test(source.slice(at + 1, at + 5));
}

const WORD_CHARACTER = /[\p{L}\p{M}\p{N}]/u;

/**
 * No letter or digit touches either end, and a number is whole: "5" does not stand alone in "3.5",
 * "-5" or "1500". Letters of a script without spaces may touch other letters, because every word of
 * such a script does; a mark stays with its letter.
 */
function standsAlone(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 2), start);
  const after = text.slice(end, end + 2);
  if (isInsideWord(before.slice(-1), text.charAt(start))) return false;
  if (isInsideWord(text.charAt(end - 1), after.charAt(0))) return false;
  if (/\d/.test(text.charAt(start)) && /(?:\d[.,]|(?:^|[^\p{L}\p{N}])-)$/u.test(before)) return false;
  return !(/\d/.test(text.charAt(end - 1)) && /^[.,]\d/.test(after));
}

/** Whether two neighboring characters belong to one word. */
function isInsideWord(left: string, right: string): boolean {
  if (!WORD_CHARACTER.test(left) || !WORD_CHARACTER.test(right)) return false;
  return COMBINING.test(right) || !(hasUnspaced(left) || hasUnspaced(right));
}
