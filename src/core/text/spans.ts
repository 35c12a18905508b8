import { fold } from "./normalize.js";

/** A half-open range in UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * A text folded for search, with the way back: `origin[i]` is where folded unit `i` came from; one more entry
 * marks the end.
 */
interface FoldedText {
  readonly text: string;
  readonly origin: readonly number[];
}

/**
 * Finds `needle` in `haystack` as whole words, tolerant of case, whitespace, dash and quote style and
 * thousands commas. The first occurrence wins. Null when it is absent or has nothing to search for.
 */
export function findSpan(haystack: string, needle: string): Span | null {
  const wanted = foldForSearch(needle).text.trim();
  if (!/[\p{L}\p{N}]/u.test(wanted)) return null;
  const { text, origin } = folded(haystack);
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    if (!standsAlone(text, at, end)) continue;
    // The span ends after the source character of the last folded unit, which may have been longer than one unit.
    return { start: origin[at] as number, end: origin[end] as number };
  }
  return null;
}

const cache: { source: string; folded: FoldedText }[] = [];
const CACHED_TEXTS = 8;

/**
 * All proposals of a document search the same text; folding it once keeps the check linear in the proposals.
 */
function folded(source: string): FoldedText {
  const hit = cache.find((entry) => entry.source === source);
  if (hit !== undefined) return hit.folded;
  const made = foldForSearch(source);
  cache.unshift({ source, folded: made });
  cache.length = Math.min(cache.length, CACHED_TEXTS);
  return made;
}

const PLAIN = /[a-zA-Z0-9.;:()'"-]/;
const COMBINING = /\p{M}/u;

function foldForSearch(source: string): FoldedText {
  let text = "";
  const origin: number[] = [];
  const push = (piece: string, from: number) => {
    for (let unit = 0; unit < piece.length; unit += 1) origin.push(from);
    text += piece;
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
      if (!text.endsWith(" ")) push(" ", start);
    } else if (!(piece === "," && isThousandsComma(source, start))) {
      push(piece, start);
    }
  }
  origin.push(source.length);
  return { text, origin };
}

function codePointLength(text: string, index: number): number {
  return (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
}

function isThousandsComma(source: string, at: number): boolean {
  return /\d/.test(source.charAt(at - 1)) && /^\d{3}(?!\d)/.test(source.slice(at + 1, at + 5));
}

const WORD_CHARACTER = /[\p{L}\p{M}\p{N}]/u;

/**
 * No letter or digit touches either end, and a number is whole: "5" does not stand alone in "3.5", "-5" or
 * "1500".
 */
function standsAlone(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 2), start);
  const after = text.slice(end, end + 2);
  if (WORD_CHARACTER.test(text.charAt(start)) && WORD_CHARACTER.test(before.slice(-1))) return false;
  if (WORD_CHARACTER.test(text.charAt(end - 1)) && WORD_CHARACTER.test(after.charAt(0))) return false;
  if (/\d/.test(text.charAt(start)) && /(?:\d[.,]|(?:^|[^\p{L}\p{N}])-)$/u.test(before)) return false;
  return !(/\d/.test(text.charAt(end - 1)) && /^[.,]\d/.test(after));
}
