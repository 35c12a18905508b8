/** At least two example texts. */
type Examples = readonly [string, string, ...string[]];

/**
 * One regular expression with a name and with examples. A test runs the examples of every pattern,
 * so a reader can judge the expression by sentences and an edit that changes one of them fails.
 */
export interface Pattern {
  /** What the expression finds, in a few words. Unique in its set. */
  readonly name: string;
  /** The expression. The flag `g` changes nothing. */
  readonly pattern: RegExp;
  /** Texts in which the pattern is found, before `prepare` of the set. */
  readonly matches: Examples;
  /** Similar texts in which the pattern must not be found, before `prepare` of the set. */
  readonly spares: Examples;
  /**
   * Decides about a place that the expression found, for example by check digits. Every place of a
   * text is looked at until one is accepted: an exception must not hide a finding behind it.
   * Default: every place counts.
   */
  readonly confirm?: (found: string) => boolean;
}

/** Patterns that belong together, in the order in which they are tried. */
export interface PatternSet {
  /** Makes a text ready for the expressions, for example lower case. */
  readonly prepare: (text: string) => string;
  readonly patterns: readonly Pattern[];
}

/** The place where a pattern was found in a prepared text. */
export interface PatternMatch {
  /** Name of the pattern. */
  readonly name: string;
  /** What the expression matched. */
  readonly text: string;
  /** Where it starts in the prepared text, in UTF-16 code units. */
  readonly index: number;
}

/** For expressions that are tried on the text as it is written. */
export const asWritten = (text: string): string => text;

/**
 * Declare a set of patterns. A check or detector names its sets, so that the test of examples finds
 * them.
 */
export function definePatterns(prepare: PatternSet["prepare"], patterns: readonly Pattern[]): PatternSet {
  return { prepare, patterns };
}

/** Where one pattern is found in a prepared text; null when it is not found. */
export function matchOf({ name, pattern, confirm }: Pattern, prepared: string): PatternMatch | null {
  // Most texts match no pattern. `search` finds that out without a second expression, which costs
  // more than the search itself.
  if (prepared.search(pattern) < 0) return null;
  const everywhere = pattern.global ? pattern : new RegExp(pattern, `${pattern.flags}g`);
  for (const { 0: text, index } of prepared.matchAll(everywhere)) {
    if (confirm === undefined || confirm(text)) return { name, text, index };
  }
  return null;
}

/**
 * The first pattern of a set, in the set's order, that is found in a prepared text; null when none
 * is.
 */
export function firstMatch({ patterns }: PatternSet, prepared: string): PatternMatch | null {
  for (const pattern of patterns) {
    const match = matchOf(pattern, prepared);
    if (match !== null) return match;
  }
  return null;
}

/** Whether any pattern of a set is found in a prepared text. */
export function matchesAny(set: PatternSet, prepared: string): boolean {
  return firstMatch(set, prepared) !== null;
}

/**
 * An expression for any of some whole words, in lower case letters.
 *
 * @param words separated by spaces; each may be a regular expression without spaces (`hundreds?`)
 */
export function anyWord(words: string): RegExp {
  return new RegExp(`\\b(?:${words.split(" ").join("|")})\\b`);
}
