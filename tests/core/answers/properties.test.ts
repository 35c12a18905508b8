import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compile, isVerifiable, MAX_ANSWER_LENGTH, verify } from "../../../src/core/answers/verify.js";
import { type AnswerPolicy, type AnswerType, FREE_ANSWER_TYPES } from "../../../src/core/records/answer.js";
import { anyText } from "../../support/any-text.js";

const task = (
  answerType: AnswerType,
  answer: string,
  policy: AnswerPolicy = {},
  shuffled: readonly string[] = [],
) => ({
  answerType,
  answer,
  policy,
  shuffled,
});
const TYPES: readonly AnswerType[] = ["mcq", ...FREE_ANSWER_TYPES];

const grouped = (digits: string, mark: string) => digits.replace(/\B(?=(?:\d{3})+$)/g, mark);
/** Ways of typesetting that leave every answer what it is. */
const dressings: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `  ${text} `,
  (text) => `**${text}**`,
  (text) => `\\text{${text}}`,
];
const dressed = fc.constantFrom(...dressings);

describe("what means the same is correct, what does not is not", () => {
  test("whole numbers: separators, signs and typesetting", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), dressed, (value, dress) => {
        const digits = String(value < 0n ? -value : value);
        for (const mark of ["", ",", " ", "\u00a0", "\u202f"]) {
          const written = (value < 0n ? "\u2212" : "") + grouped(digits, mark);
          for (const type of ["integer", "number", "expression"] as const)
            expect(verify(task(type, String(value)), dress(written))).toBe("correct");
          expect(verify(task("integer", String(value + 1n)), dress(written))).toBe("wrong");
          expect(verify(task("number", String(value - 1n)), dress(written))).toBe("wrong");
          if (value !== 0n) expect(verify(task("integer", String(-value)), dress(written))).toBe("wrong");
        }
      }),
    );
  });

  test("numbers: an answer is right exactly within the declared tolerance", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 10 ** 6 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 0, max: 40 }),
        (gold, tolerance, tenths) => {
          const judge = compile(task("number", String(gold), { tolerance: String(tolerance) }));
          const verdict = tenths <= 10 * tolerance ? "correct" : "wrong";
          expect(judge(`${(10 * gold + tenths) / 10}`)).toBe(verdict);
          expect(judge(`${10 * gold - tenths}/10`)).toBe(verdict);
        },
      ),
    );
  });

  test("percent: each policy keeps what it says", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 4 }), (value) => {
        const verdicts = (percent: "required" | "ignored" | "scaled") =>
          [`${value}%`, `${value} percent`, `${value}`, `${value}/100`].map((answer) =>
            verify(task("number", `${value}%`, { percent }), answer),
          );
        expect(verdicts("scaled")).toEqual(["correct", "correct", "wrong", "correct"]);
        expect(verdicts("required")).toEqual(["correct", "correct", "wrong", "wrong"]);
        expect(verdicts("ignored")).toEqual(["correct", "correct", "correct", "wrong"]);
      }),
    );
  });

  test("quantities: exact conversions between units of a dimension, in both directions", () => {
    const units = [
      ["km", 1000n],
      ["m", 1n],
      ["Mm", 1_000_000n],
      ["kilometres", 1000n],
    ] as const;
    const unit = fc.constantFrom(...units);
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 9n }),
        unit,
        unit,
        (value, [one, factor], [other, otherFactor]) => {
          const converted = `${value * factor}/${otherFactor} ${other}`;
          expect(verify(task("quantity", `${value} ${one}`), converted)).toBe("correct");
          expect(verify(task("quantity", `${value + 1n} ${one}`), converted)).toBe("wrong");
          expect(verify(task("quantity", `${value} ${one}`), `${value} kg`)).toBe("wrong");
          expect(verify(task("quantity", `${value} ${one}`), `${value} ${one}^2`)).toBe("wrong");
        },
      ),
    );
  });

  test("dates: every form of a day is that day, and its neighbours are not", () => {
    const months =
      "January February March April May June July August September October November December".split(" ");
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 9999 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 28 }),
        (year, month, day) => {
          const two = (part: number) => String(part).padStart(2, "0");
          const iso = `${year}-${two(month)}-${two(day)}`;
          const name = months[month - 1] as string;
          for (const form of [
            iso,
            `${day} ${name} ${year}`,
            `${name} ${day}, ${year}`,
            `${day} ${name.slice(0, 3)} ${year}`,
          ])
            expect(verify(task("date", iso), form)).toBe("correct");
          expect(verify(task("date", iso), `${day === 28 ? 1 : day + 1} ${name} ${year}`)).toBe("wrong");
          expect(verify(task("date", iso), `${name} ${year}`)).toBe("wrong");
          expect(verify(task("date", iso, { precision: "month" }), `${name} ${year}`)).toBe("correct");
        },
      ),
    );
  });

  test("strings: case, articles and punctuation do not matter, and nothing may be added", () => {
    const word = fc.stringMatching(/^[B-Z][a-z]{3,9}$/);
    fc.assert(
      fc.property(word, word, (gold, other) => {
        fc.pre(gold.toLowerCase() !== other.toLowerCase());
        for (const same of [gold.toUpperCase(), `the ${gold}.`, `"${gold}"`, `**${gold}**`])
          expect(verify(task("string", gold), same)).toBe("correct");
        for (const hedge of [
          `${gold} or ${other}`,
          `not ${gold}`,
          `${gold}, maybe ${other}`,
          `${gold} ${other}`,
          other,
        ])
          expect(verify(task("string", gold), hedge)).not.toBe("correct");
        expect(verify(task("string", gold, { aliases: [other] }), other)).toBe("correct");
      }),
    );
  });

  test("lists keep their order and count, sets their members", () => {
    const items = fc
      .uniqueArray(fc.stringMatching(/^[b-z]{4,8}$/), { minLength: 2, maxLength: 6 })
      .filter((all) => !all.includes("and"));
    fc.assert(
      fc.property(items, fc.constantFrom(", ", "; ", ","), (gold, mark) => {
        const written = gold.join("; ");
        const reversed = [...gold].reverse().join(mark);
        expect(verify(task("list", written), gold.join(mark))).toBe("correct");
        expect(verify(task("list", written), reversed)).toBe("wrong");
        expect(verify(task("list", written, { order: "any" }), reversed)).toBe("correct");
        expect(verify(task("set", written), reversed)).toBe("correct");
        for (const type of ["list", "set"] as const) {
          expect(verify(task(type, written), gold.slice(1).join(mark))).toBe("wrong");
          expect(verify(task(type, written), [...gold, gold[0]].join(mark))).toBe("wrong");
        }
      }),
    );
  });
});

describe("formulas", () => {
  /** A random formula, and the same one rewritten by laws of arithmetic. */
  const { pair } = fc.letrec<{ pair: readonly [string, string] }>((tie) => ({
    pair: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("x", "y", "z").map((name) => [name, name] as const),
      fc.integer({ min: 1, max: 99 }).map((value) => [`${value}`, `(${2 * value})/2`] as const),
      fc.tuple(tie("pair"), tie("pair")).map(([[a, b], [c, d]]) => [`(${a}+${c})`, `(${d}+${b})`] as const),
      fc.tuple(tie("pair"), tie("pair")).map(([[a, b], [c, d]]) => [`(${a}-${c})`, `(-${d}+${b})`] as const),
      fc
        .tuple(tie("pair"), tie("pair"))
        .map(([[a, b], [c, d]]) => [`(${a}*${c})`, `(${d}\\cdot ${b})`] as const),
      fc.tuple(tie("pair")).map(([[a, b]]) => [`(${a})^2`, `(${b})(${b})`] as const),
      fc.tuple(tie("pair")).map(([[a, b]]) => [`\\sqrt{${a}}`, `(${b})^{1/2}`] as const),
    ),
  }));

  test("laws of arithmetic keep a formula what it is; adding anything does not, in either direction", () => {
    fc.assert(
      fc.property(pair, ([one, other]) => {
        fc.pre(one.length < 200 && other.length < 200 && isVerifiable(one, "expression"));
        // Within the bounds: both must be readable for the promise to hold.
        fc.pre(
          verify(task("expression", "w"), one) === "wrong" &&
            verify(task("expression", "w"), other) === "wrong",
        );
        expect(verify(task("expression", one), other)).toBe("correct");
        expect(verify(task("expression", other), one)).toBe("correct");
        for (const changed of [`${other}+1`, `${other}+10^{-20}`, `2*(${other})+w`, `${other}+x^9`]) {
          expect(verify(task("expression", one), changed)).not.toBe("correct");
          expect(verify(task("expression", changed), one)).not.toBe("correct");
        }
      }),
    );
  });

  test("a polynomial is its expanded product of roots", () => {
    const root = fc.integer({ min: -20, max: 20 });
    fc.assert(
      fc.property(root, root, root, (a, b, c) => {
        const product = `(x-${a})(x-${b})(x-${c})`.replaceAll("--", "+");
        const expanded = `x^3+(${-(a + b + c)})x^2+(${a * b + b * c + a * c})x+(${-a * b * c})`;
        expect(verify(task("expression", product), expanded)).toBe("correct");
        expect(verify(task("expression", expanded), product)).toBe("correct");
        expect(verify(task("expression", expanded), `${product}+1`)).toBe("wrong");
      }),
    );
  });
});

describe("every type", () => {
  test("any text gets a verdict under any policy, and a gold that can be verified is right", () => {
    const alphabet = fc.constantFrom(
      ..."0123456789.,;-+*/^%(){}[]|\\=<>! xyzend".split(""),
      "\\frac",
      "\\sqrt{",
      " and ",
      " km",
      "July ",
      "\u0000",
      "\u202e",
    );
    const text = fc.oneof(
      anyText({ maxLength: 600 }),
      fc.array(alphabet, { maxLength: 60 }).map((parts) => parts.join("")),
    );
    const policy = fc.record<AnswerPolicy>(
      {
        tolerance: fc.constantFrom("1%", "0.5", "x", "-1", "99"),
        unit: fc.constantFrom("km", "??", ""),
        unitInAnswer: fc.constantFrom("required", "optional"),
        percent: fc.constantFrom("required", "ignored", "scaled"),
        decimal: fc.constantFrom("point", "comma"),
        aliases: fc.constant(["other"]),
        precision: fc.constantFrom("year", "month", "day"),
        finerDate: fc.constantFrom("wrong", "accepted"),
        elements: fc.constantFrom("integer", "number", "quantity", "expression", "string", "date", "boolean"),
        order: fc.constantFrom("fixed", "any"),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.constantFrom(...TYPES), text, text, policy, (type, gold, answer, declared) => {
        const one = task(type, gold, declared, [gold, "other", "third", "fourth"]);
        expect(["correct", "wrong", "unparsable"]).toContain(verify(one, answer));
        if (gold.length > MAX_ANSWER_LENGTH || type === "mcq" || !isVerifiable(gold, type, declared)) return;
        // With a coarser precision than its own, the gold itself says more than was asked; with an
        // optional unit it may be bare.
        if (type === "date" && declared.precision !== undefined) return;
        if (declared.unit !== undefined && declared.unitInAnswer !== "optional") return;
        expect([type, gold, verify(one, gold)]).toEqual([type, gold, "correct"]);
      }),
      { numRuns: 1000 },
    );
  });

  test("a task recorded before there were policies is judged as it was", () => {
    const recorded = { answerType: "string", answer: "N'Djamena", shuffled: [] } as const;
    expect(verify(recorded, "n'djamena")).toBe("correct");
  });
});
