import type { TokenCounter } from "../../../src/app/ports.js";

/** Words as tokens: quick, and easy to reason about. */
export const WORD_TOKENS: TokenCounter = {
  fingerprint: "words",
  count: (text) => text.match(/\S+/g)?.length ?? 0,
};
