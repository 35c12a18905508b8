import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { judgePair, readLabelled } from "../../../bench/verify/labelled.js";
import { isOpaque, isVerifiable, verify } from "../../../src/core/answers/verify.js";
import { toCandidate } from "../../../src/core/prompts/reading/fields.js";

const isRight = (gold: string, answer: string): boolean =>
  verify({ answerType: "expression", answer: gold, shuffled: [] }, answer) === "correct";

describe("rows for kinds of other graders", () => {
  const pairs = readLabelled(
    readFileSync(new URL("../../data/verifier/foreign.jsonl", import.meta.url), "utf8"),
  );

  test("there are at least 150 rows, and every gold can be verified", () => {
    expect(pairs.length).toBeGreaterThanOrEqual(150);
    for (const { gold, type } of pairs) expect([gold, isVerifiable(gold, type)]).toEqual([gold, true]);
  });

  test("right answers are correct, and no wrong answer is", () => {
    const disagreements = pairs.filter(
      (pair) => (judgePair(pair) === "correct") !== (pair.expected === "correct"),
    );
    expect(disagreements).toEqual([]);
  });
});

const whole = fc.integer({ min: -99, max: 99 });
const positive = fc.integer({ min: 1, max: 99 });
/** A fraction that is no whole number, in several spellings. */
const fraction = fc.tuple(positive, fc.integer({ min: 2, max: 99 })).map(([top, bottom]) => ({
  plain: `${top}/${bottom}`,
  spellings: [
    `\\frac{${top}}{${bottom}}`,
    `\\dfrac{${top}}{${bottom}}`,
    `\\tfrac{ ${top} }{ ${bottom} }`,
    `\\cfrac{${top * 3}}{${bottom * 3}}`,
  ],
}));

describe("rewritings are right and perturbations are wrong", () => {
  test("mixed numbers are sums, never products", () => {
    fc.assert(
      fc.property(positive, fc.integer({ min: 2, max: 99 }), positive, (count, bottom, part) => {
        const top = (part % (bottom - 1)) + 1;
        const gold = `${count}\\frac{${top}}{${bottom}}`;
        expect(isRight(gold, `\\frac{${count * bottom + top}}{${bottom}}`)).toBe(true);
        expect(isRight(gold, `${count} ${top}/${bottom}`)).toBe(true);
        if (count * top !== count * bottom + top)
          expect(isRight(gold, `\\frac{${count * top}}{${bottom}}`)).toBe(false);
      }),
    );
  });

  test("fractions in each spelling, alone and in a tuple", () => {
    fc.assert(
      fc.property(fraction, whole, ({ plain, spellings }, other) => {
        for (const spelling of spellings) {
          expect(isRight(plain, spelling)).toBe(true);
          expect(isRight(`(${plain}, ${other})`, `\\left(${spelling},\\,${other}\\right)`)).toBe(true);
          expect(isRight(`(${plain}, ${other})`, `(${spelling}, ${other + 1})`)).toBe(false);
        }
        if (plain !== `${other}/1`)
          expect(isRight(`(${plain}, ${other + 100})`, `(${other + 100}, ${plain})`)).toBe(false);
      }),
    );
  });

  test("intervals equal their inequalities with the same ends only", () => {
    const ends = fc.constantFrom(["(", ")"], ["[", ")"], ["(", "]"], ["[", "]"]);
    fc.assert(
      fc.property(whole, positive, ends, ends, (low, width, [open, close], [other, last]) => {
        const gold = `${open}${low}, ${low + width}${close}`;
        const chain = (o: string, c: string) =>
          `${low} ${o === "[" ? "\\le" : "<"} x ${c === "]" ? "<=" : "<"} ${low + width}`;
        const same = open === other && close === last;
        expect(isRight(gold, chain(other as string, last as string))).toBe(same);
        expect(isRight(chain(other as string, last as string), gold)).toBe(same);
        expect(isRight(gold, `x \\in ${other}${low},${low + width}${last}`)).toBe(same);
        expect(isRight(gold, `${open}${low}, ${low + width + 1}${close}`)).toBe(false);
      }),
    );
  });

  test("solutions have no order, and none may be missing, doubled or changed", () => {
    fc.assert(
      fc.property(fc.uniqueArray(whole, { minLength: 2, maxLength: 5 }), (values) => {
        const gold = values.join(", ");
        const back = [...values].reverse();
        expect(isRight(gold, `\\{${back.join(",")}\\}`)).toBe(true);
        expect(isRight(gold, back.map((value) => `x = ${value}`).join(" \\text{ or } "))).toBe(true);
        expect(isRight(gold, values.slice(1).join(", "))).toBe(false);
        expect(isRight(gold, [...values, values[0]].join(", "))).toBe(false);
        expect(isRight(gold, [...values.slice(1), 100].join(", "))).toBe(false);
      }),
    );
  });

  test("matrices keep the place of each number", () => {
    const four = fc.tuple(whole, whole, whole, whole);
    const matrix = (kind: string, [a, b, c, d]: readonly number[]) =>
      `\\begin{${kind}}${a}&${b}\\\\ ${c}&${d}\\end{${kind}}`;
    fc.assert(
      fc.property(four, four, (one, other) => {
        expect(isRight(matrix("pmatrix", one), matrix("bmatrix", one))).toBe(true);
        expect(isRight(matrix("pmatrix", one), matrix("pmatrix", other))).toBe(one.join() === other.join());
      }),
    );
  });
});

test("a proposal whose gold is only a text is refused with a reason of its own", () => {
  const draft = { question: "What?", answerType: "expression" as const, options: [], quotes: [] };
  expect(toCandidate({ ...draft, answer: "\\int_0^1 f(t)" })).toMatchObject({ refusal: "unverifiable_gold" });
  expect(toCandidate({ ...draft, answer: "1/0" })).toMatchObject({ refusal: "bad_type" });
  expect(toCandidate({ ...draft, answer: "\\text{cat}" })).toMatchObject({ ok: true });
});

describe("words and texts", () => {
  test("words keep their order, and letters of a chemical formula too", () => {
    expect(isRight("\\text{cat}", "cat")).toBe(true);
    expect(isRight("\\text{cat}", "act")).toBe(false);
    expect(isRight("CO_2", "\\mathrm{CO_{2}}")).toBe(true);
    expect(isRight("CO_2", "O_2C")).toBe(false);
    expect(isRight("xy", "yx")).toBe(true);
  });

  test("only a unit may stand behind a number, and only an agreeing tail", () => {
    for (const tail of ["false", "squared", "half", "i", "pi", "hundredths", "million", "or 6"])
      expect([tail, isRight("5", `5\\text{ ${tail}}`)]).toEqual([tail, false]);
    expect(isRight("5", "5\\text{ m}")).toBe(true);
    expect(isRight("\\sqrt{2}", "\\sqrt{2} \\approx 1.4")).toBe(true);
    expect(isRight("\\sqrt{2}", "\\sqrt{2} \\approx 1.5")).toBe(false);
  });

  test("a gold that is only a text cannot be verified", () => {
    for (const gold of ["\\int_0^1 f(t)\\,dt", "\\nabla \\times F", "a \\equiv b \\pmod n"]) {
      expect([gold, isOpaque(gold, "expression"), isVerifiable(gold, "expression")]).toEqual([
        gold,
        true,
        false,
      ]);
      expect(isRight(gold, gold)).toBe(true);
    }
    expect(isOpaque("1/0", "expression")).toBe(false);
    expect(isOpaque("\\text{cat}", "expression")).toBe(false);
  });
});
