import type { Statement } from "./formula/ast.js";
import { compareStatements, isDefined } from "./formula/equivalence.js";
import { parseStatement } from "./formula/parser.js";
import { type AnswerKind, rightIf } from "./kind.js";
import { parseRational, type Rational, sameRational } from "./rational.js";

/**
 * A formula as text, as a number where the formula is one number, and as a syntax tree where it can
 * be read.
 */
interface Expression {
  readonly key: string;
  readonly number: Rational | null;
  readonly statement: Statement | null;
}

/**
 * Normal form of a formula as text. LaTeX spacing, sizing and dollar signs are removed, `\dfrac`
 * and `\tfrac` become `\frac`, dashes and multiplication signs become one sign each, and white
 * space stays only between words or numbers. Case stays: `N` and `n` are different symbols.
 */
export function expressionKey(text: string): string {
  return text
    .replace(/[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]/g, (digit) => `^${digit.normalize("NFKC")}`)
    .normalize("NFKC")
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/\\(?:left|right|displaystyle|!|,|;|:| )|\$/g, "")
    .replace(/\\[dt]frac/g, "\\frac")
    .replace(/\\(?:times|cdot)|[×·]/g, "*")
    .replace(/\\(?:text|mathrm|operatorname)\{([^{}]*)\}/g, "$1")
    .replace(/\*\*/g, "^")
    .replace(/\s+/g, " ")
    .replace(/(?<![\p{L}\d]) | (?![\p{L}\d])/gu, "")
    .replace(/\^\{(\w)\}/g, "^$1")
    .replace(/\.$/, "");
}

/**
 * Formulas are equal as text, as exact numbers (5% is 1/20), or as formulas
 * (docs/decisions/0009-verifier.md). A gold answer that cannot be read as a formula (H_2O) is
 * compared as text only.
 */
export const expressionKind: AnswerKind<Expression> = {
  read(text) {
    const key = expressionKey(text);
    if (key === "") return null;
    const number = parseRational(text);
    return { key, number, statement: number === null ? parseStatement(text) : numeral(number) };
  },
  accepts: ({ statement }) => statement === null || isDefined(statement),
  compare(gold, given) {
    if (gold.number !== null && given.number !== null)
      return rightIf(sameRational(gold.number, given.number));
    if (gold.key === given.key) return "correct";
    if (gold.statement === null) return "wrong";
    if (given.statement === null) return "unparsable";
    const comparison = compareStatements(gold.statement, given.statement);
    if (comparison === "same") return "correct";
    return comparison === "different" && isDefined(given.statement) ? "wrong" : "unparsable";
  },
};

function numeral(value: Rational): Statement {
  return { kind: "value", node: { kind: "number", value } };
}
