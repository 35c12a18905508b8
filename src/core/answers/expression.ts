import type { Verdict } from "../episode.js";
import { parseRational, sameRational } from "./rational.js";

/**
 * Normal form of a formula as text: LaTeX spacing, sizing and dollar signs dropped, `\dfrac` and `\tfrac`
 * written `\frac`, dashes and multiplication signs unified, whitespace removed. Case is kept: `N` and `n` are
 * different symbols.
 */
export function expressionKey(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/\\(?:left|right|displaystyle|!|,|;|:| )|\$/g, "")
    .replace(/\\[dt]frac/g, "\\frac")
    .replace(/\\(?:times|cdot)|[×·]/g, "*")
    .replace(/\\(?:text|mathrm|operatorname)\{([^{}]*)\}/g, "$1")
    .replace(/\*\*/g, "^")
    .replace(/\s+/g, "")
    .replace(/\^\{(\w)\}/g, "^$1")
    .replace(/\.$/, "");
}

/**
 * Two numerals are compared exactly as rationals (5% is 1/20); otherwise the normal forms must be the same
 * text.
 */
export function verifyExpression(gold: string, answer: string): Verdict {
  const key = expressionKey(answer);
  if (key === "") return "unparsable";
  const given = parseRational(stripDollars(answer));
  const wanted = parseRational(stripDollars(gold));
  if (given !== null && wanted !== null) return sameRational(given, wanted) ? "correct" : "wrong";
  return key === expressionKey(gold) ? "correct" : "wrong";
}

function stripDollars(text: string): string {
  return text
    .trim()
    .replace(/^\$+([^$]*)\$+$/, "$1")
    .trim();
}
