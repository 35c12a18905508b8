/** Longest generation a parser reads, in code units; a longer one is refused unread. */
export const MAX_TEXT = 65_536;

/** Longest accepted fields of a proposal, in code units. */
export const MAX_FIELD = { question: 2_000, answer: 200, option: 300, quote: 2_000 } as const;

/** Most quotes a proposal may bring. */
export const MAX_QUOTES = 32;
