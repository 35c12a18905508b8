import type { Statement } from "./formula/ast.js";
import { compareStatements, isDefined } from "./formula/equivalence.js";
import { plainLatex, withoutDollars } from "./formula/latex.js";
import { parseStatement } from "./formula/statement.js";
import { splitUnit, unitsAgree } from "./formula/unit-tail.js";
import { readChemical, readWords, type Words } from "./formula/words.js";
import { type AnswerKind, rightIf } from "./kind.js";
import { parseRational, type Rational, sameRational } from "./rational.js";
import { unwrap } from "./surface.js";

/**
 * The readings of one answer. `statement` is null when the text is no formula. `words` and
 * `chemical` are null when the text is not of this kind.
 */
interface Expression {
  /** The text without typesetting that has no meaning. */
  readonly key: string;
  readonly number: Rational | null;
  readonly statement: Statement | null;
  readonly unit: string | null;
  readonly words: Words | null;
  readonly chemical: string | null;
}

/**
 * Formulas are equal as exact numbers (5% is 1/20), as formulas, as words in their order, or as
 * chemical formulas (docs/decisions/0017-formulas-of-other-people.md). A gold answer that has none
 * of these readings is only a text and cannot be verified.
 */
export const expressionKind: AnswerKind<Expression> = {
  typeset: true,
  read(text) {
    const bare = withoutDollars(text);
    const typeset = plainLatex(bare);
    const words = readWords(typeset);
    const chemical = readChemical(typeset);
    const inner = unwrap(bare);
    const plain = plainLatex(inner);
    const { body, unit } = splitUnit(plain);
    const key = plain.replace(/\s+/g, "");
    if (key === "") return null;
    const number = parseRational(inner) ?? parseRational(body);
    const isFormula = words?.typeset !== true && chemical === null;
    const statement = number !== null ? numeral(number) : isFormula ? parseStatement(body) : null;
    return { key, number, statement, unit, words, chemical };
  },
  accepts: (gold) => !isText(gold) && (gold.statement === null || isDefined(gold.statement)),
  isOpaque: (gold) => isText(gold),
  compare(gold, given) {
    if (gold.chemical !== null || given.chemical !== null) {
      if (gold.chemical !== null && given.chemical !== null) return rightIf(gold.chemical === given.chemical);
      return given.chemical === null && given.statement === null ? "unparsable" : "wrong";
    }
    if (gold.statement === null) {
      // Admission refuses such a gold. Old runs have some, and their own spelling is right.
      if (gold.words === null) return rightIf(gold.key === given.key);
      return given.words === null
        ? "unparsable"
        : rightIf(gold.words.words.join(" ") === given.words.words.join(" "));
    }
    if (given.statement === null) return "unparsable";
    if (!unitsAgree(gold.unit, given.unit)) return "wrong";
    if (gold.number !== null && given.number !== null)
      return rightIf(sameRational(gold.number, given.number));
    const comparison = compareStatements(gold.statement, given.statement);
    if (comparison === "same") return "correct";
    // Several answers to a question with one answer are no answer.
    if (given.statement.kind === "solutions" && !isSeveral(gold.statement)) return "unparsable";
    return comparison === "different" && isDefined(given.statement) ? "wrong" : "unparsable";
  },
};

function isText({ statement, words, chemical }: Expression): boolean {
  return statement === null && words === null && chemical === null;
}

function isSeveral(statement: Statement): boolean {
  return statement.kind === "solutions" || (statement.kind === "group" && statement.open === "\\{");
}

function numeral(value: Rational): Statement {
  return { kind: "value", node: { kind: "number", value } };
}
