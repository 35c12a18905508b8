/**
 * Longest completion that a parser reads, in UTF-16 code units. A longer completion is refused
 * unread.
 */
export const MAX_TEXT = 65_536;

/** Longest accepted fields of a proposal, in UTF-16 code units. */
export const MAX_FIELD = { question: 2_000, answer: 200, option: 300, quote: 2_000 } as const;

/** Largest number of quotes in a proposal. */
export const MAX_QUOTES = 32;
