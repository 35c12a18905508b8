import type { Verdict } from "../episode.js";
import { answerKey } from "../normalise.js";

/**
 * Equality of short texts after normalisation (NFKC, case, leading article, punctuation, whitespace). The
 * whole answer must match: a gold inside a longer answer does not count, or listing candidates would pay.
 */
export function verifyString(gold: string, answer: string): Verdict {
  const key = answerKey(answer);
  if (key === "") return "unparsable";
  return key === answerKey(gold) ? "correct" : "wrong";
}
