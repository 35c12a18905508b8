import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compareStatements, isDefined } from "../../../src/core/answers/formula/equivalence.js";
import { parseStatement } from "../../../src/core/answers/formula/statement.js";
import { isVerifiable } from "../../../src/core/answers/verify.js";

const nested = (depth: number) => `${"(".repeat(depth)}x${")".repeat(depth)}`;
const same = (one: string, other: string): boolean => {
  const [a, b] = [parseStatement(one), parseStatement(other)];
  if (a === null || b === null) throw new Error(`${one} or ${other} is no formula`);
  return compareStatements(a, b) === "same";
};

describe("bounds hold before anything is computed", () => {
  test.each<[string, string, string]>([
    ["depth", nested(31), nested(32)],
    ["nodes", `${"1+".repeat(255)}1`, `${"1+".repeat(300)}1`],
    ["exponents", "2^4096", "2^4097"],
    ["digits of a power", "99999^{800}", "99999^{1100}"],
    ["digits of a number", "1e4000", "1e4100"],
    ["factorials", "200!", "201!"],
    ["factorials of factorials", "5!", "(3!)!!"],
    ["degrees of roots", "\\sqrt[64]{x}", "\\sqrt[65]{x}"],
    ["work", "(a+b+c)^{12}", "(a+b+c+d+e+f+g+h)^{12}"],
  ])("%s", (_, within, beyond) => {
    const accepts = (text: string) => {
      const statement = parseStatement(text);
      return statement !== null && isDefined(statement);
    };
    expect([accepts(within), accepts(beyond)]).toEqual([true, false]);
  });

  test("an undefined formula is no gold", () => {
    for (const gold of [
      "1/0",
      "0^0",
      "0^{-1}",
      "\\sqrt{-1}",
      "\\infty - \\infty",
      "1/(x-x)",
      "(-2)!",
      "\\sqrt[4]{-16}",
    ])
      expect([gold, isVerifiable(gold, "expression")]).toEqual([gold, false]);
    expect(isVerifiable("\\sqrt[3]{-8}", "expression")).toBe(true);
    expect(isVerifiable("(-\\infty, 3)", "expression")).toBe(true);
  });
});

describe("equality", () => {
  test("is reflexive and symmetric for whatever can be read", () => {
    const part = fc.constantFrom(
      "x",
      "y",
      "2",
      "3.5",
      "\\pi",
      "e",
      "\\sqrt{2}",
      "\\sin x",
      "\\ln y",
      "x^2",
      "2^x",
      "|y|",
    );
    const joint = fc.constantFrom("+", "-", "*", "/", "^");
    const text = fc.array(fc.tuple(part, joint), { minLength: 1, maxLength: 4 }).map((parts) =>
      parts
        .map(([one, sign]) => `{${one}}${sign}`)
        .join("")
        .slice(0, -1),
    );
    fc.assert(
      fc.property(text, text, (one, other) => {
        const [a, b] = [parseStatement(one), parseStatement(other)];
        if (a === null || b === null) throw new Error(`${one} or ${other} is no formula`);
        if (isDefined(a)) expect([one, compareStatements(a, a)]).toEqual([one, "same"]);
        expect(compareStatements(a, b)).toBe(compareStatements(b, a));
      }),
    );
  });

  test("formulas that agree on one side of a corner only are different", () => {
    expect(same("|x|", "x")).toBe(false);
    expect(same("|x-500|", "500-x")).toBe(false);
    expect(same("\\sqrt{(x+7)^2}", "x+7")).toBe(false);
    expect(same("|x-3|", "|3-x|")).toBe(true);
  });

  test("a difference too small for floating point is a difference", () => {
    for (const tiny of ["10^{-20}", "10^{-300}", "\\sin(10^{-12})", "e^{-80}", "\\frac{1}{150!}"]) {
      expect([tiny, same("\\sin^2 x", `1-\\cos^2 x+${tiny}`)]).toEqual([tiny, false]);
      expect([tiny, same("\\sin x", `\\sin(x+${tiny})`)]).toEqual([tiny, false]);
      expect([tiny, same("\\sqrt{2}", `\\sqrt{2}+${tiny}`)]).toEqual([tiny, false]);
    }
  });
});
