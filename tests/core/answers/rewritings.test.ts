import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readSpelled } from "../../../src/core/answers/cardinal.js";
import { explain } from "../../../src/core/answers/explain.js";
import { verify } from "../../../src/core/answers/verify.js";
import type { AnswerPolicy, AnswerType } from "../../../src/core/records/answer.js";
import { anyText } from "../../support/any-text.js";

const verdict = (type: AnswerType, gold: string, answer: string, policy: AnswerPolicy = {}) =>
  verify({ answerType: type, answer: gold, shuffled: [], policy }, answer);
const grouped = (digits: string, mark: string) => digits.replace(/\B(?=(?:\d{3})+$)/g, mark);

const UNITS =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");

/** The English words of a number below a billion, as a British or an American text has them. */
function spelled(number: number, and: string): string {
  if (number < 20) return UNITS[number] as string;
  if (number < 100) {
    const unit = number % 10;
    return `${TENS[Math.floor(number / 10) - 2]}${unit === 0 ? "" : `-${UNITS[unit]}`}`;
  }
  const [size, name] =
    number < 1000 ? [100, "hundred"] : number < 1e6 ? [1000, "thousand"] : [1e6, "million"];
  const rest = number % size;
  const joint = rest === 0 ? "" : rest < 100 ? ` ${and}${spelled(rest, and)}` : ` ${spelled(rest, and)}`;
  return `${spelled(Math.floor(number / size), and)} ${name}${joint}`;
}

describe("every rewriting of a gold answer is right, and every change of its value is not", () => {
  test("whole numbers as LaTeX and other people write them", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1000n, max: 10n ** 18n }), (value) => {
        const digits = String(value);
        for (const mark of ["{,}", "\\,", ",\\!", "\\;", "{\\,}"]) {
          const written = grouped(digits, mark);
          for (const form of [
            written,
            `$${written}$`,
            `\\(${written}\\)`,
            `\\boxed{${written}}`,
            `${written},`,
          ]) {
            expect([form, verdict("integer", digits, form)]).toEqual([form, "correct"]);
            expect([form, verdict("integer", `${value + 1n}`, form)]).toEqual([form, "wrong"]);
          }
        }
        expect(verdict("integer", digits, `${digits}^\\circ`)).toBe("correct");
        expect(verdict("integer", digits, `${digits}\\text{ cm}`)).toBe("correct");
        expect(verdict("integer", digits, grouped(digits, "."))).not.toBe("correct");
      }),
    );
  });

  test("whole numbers in words, and their neighbors", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), fc.constantFrom("", "and "), (value, and) => {
        const words = spelled(value, and);
        expect([words, readSpelled(words)?.value.numerator]).toEqual([words, BigInt(value)]);
        expect(verdict("integer", `${value}`, words)).toBe("correct");
        expect(verdict("integer", `${value + 1}`, words)).toBe("wrong");
        expect(verdict("string", words, `${value}`)).toBe("correct");
      }),
    );
  });

  test("mixed numbers in every notation", () => {
    const whole = fc.integer({ min: 1, max: 500 });
    const proper = fc
      .integer({ min: 2, max: 9 })
      .chain((bottom) => fc.tuple(fc.integer({ min: 1, max: bottom - 1 }), fc.constant(bottom)));
    fc.assert(
      fc.property(whole, proper, (size, [top, bottom]) => {
        const gold = `${size * bottom + top}/${bottom}`;
        const forms = [
          `${size} ${top}/${bottom}`,
          `${size}\\frac{${top}}{${bottom}}`,
          `${size}\\tfrac${top}${bottom}`,
          `${size} \\dfrac{${top}}{${bottom}}`,
          `${size} and ${top}/${bottom}`,
        ];
        for (const form of forms) {
          expect([form, verdict("number", gold, form)]).toEqual([form, "correct"]);
          expect([form, verdict("number", `${top}/${bottom}`, form)]).toEqual([form, "wrong"]);
          expect([form, verdict("number", gold, `-${form}`)]).toEqual([form, "wrong"]);
        }
      }),
    );
  });

  test("quantities keep their value in every spelling of their unit, in both directions", () => {
    const spellings: readonly (readonly string[])[] = [
      ["°", "degrees", "deg", "^\\circ", "^{\\circ}"],
      ["Ω", "ohm", "ohms", "\\Omega", "\\,\\Omega"],
      ["mol", "moles", "mole", "\\text{ mol}"],
      ["GB", "gigabytes", "gigabyte"],
      ["MiB", "mebibytes"],
      ["bpm", "beats per minute", "beats/min"],
      ["m/s^2", "m/s²", "metres per second squared", "m s^{-2}", "\\mathrm{m/s^2}"],
      ["km/h", "kph", "kilometers per hour", "km per hour"],
      ["ft", "feet", "foot", "'"],
      ["sq ft", "ft²", "square feet", "ft^2"],
    ];
    const one = fc.constantFrom(...spellings);
    const pair = one.chain((names) => fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), pair, one, (value, [name, other], another) => {
        expect(
          verdict("quantity", `${value} ${name}`, `${value}${other.length > 1 ? " " : ""}${other}`),
        ).toBe("correct");
        expect(verdict("quantity", `${value} ${other}`, `${value} ${name}`)).toBe("correct");
        expect(verdict("quantity", `${value} ${name}`, `${value + 1} ${other}`)).toBe("wrong");
        if (!another.includes(name))
          expect(verdict("quantity", `${value} ${name}`, `${value} ${another[0]}`)).toBe("wrong");
      }),
    );
  });

  test("feet and inches are their inches", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 11 }), (feet, inches) => {
        const gold = `${feet} ft ${inches} in`;
        for (const form of [
          `${feet}'${inches}"`,
          `${feet}′ ${inches}″`,
          `${12 * feet + inches} inches`,
          `${feet} feet and ${inches} inches`,
        ])
          expect([form, verdict("quantity", gold, form)]).toEqual([form, "correct"]);
        expect(verdict("quantity", gold, `${feet}.${inches} ft`)).not.toBe("correct");
        expect(verdict("quantity", gold, `${feet}'${inches === 11 ? 1 : inches + 1}"`)).toBe("wrong");
      }),
    );
  });

  test("bits and bytes are eight to one, and a kibibyte is 1024 bytes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 ** 6 }),
        fc.constantFrom("k", "M", "G", "T"),
        (value, prefix) => {
          expect(verdict("quantity", `${value} ${prefix}B`, `${8 * value} ${prefix}b`)).toBe("correct");
          expect(verdict("quantity", `${value} ${prefix}B`, `${value} ${prefix}b`)).toBe("wrong");
          const binary = `${prefix.toUpperCase()}iB`;
          expect(verdict("quantity", `${value} KiB`, `${1024 * value} bytes`)).toBe("correct");
          expect(verdict("quantity", `${value} ${prefix}B`, `${value} ${binary}`)).toBe("wrong");
        },
      ),
    );
  });

  test("texts: a superscript, a charge, a sign of a name and an initial are never lost", () => {
    const name = fc.stringMatching(/^[B-Z][a-z]{3,9}$/);
    const small = fc.integer({ min: 2, max: 9 });
    fc.assert(
      fc.property(name, name, small, (word, other, digit) => {
        const superscript = "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(digit);
        for (const form of [
          `${word}^${digit}`,
          `${word}^{${digit}}`,
          `$${word}^${digit}$`,
          `${word}${superscript}`,
        ]) {
          expect([form, verdict("string", `${word}${superscript}`, form)]).toEqual([form, "correct"]);
          expect([form, verdict("string", form, `${word}${digit}`)]).toEqual([form, "wrong"]);
          expect([form, verdict("string", form, word)]).toEqual([form, "wrong"]);
        }
        for (const sign of ["+", "-", "++", "#", "*", "%"]) {
          expect(verdict("string", word + sign, word.toUpperCase() + sign)).toBe("correct");
          expect([sign, verdict("string", word + sign, word)]).toEqual([sign, "wrong"]);
          expect([sign, verdict("string", word, word + sign)]).toEqual([sign, "wrong"]);
        }
        expect(verdict("string", `${word} & ${other}`, `${word} and ${other}`)).toBe("correct");
        expect(verdict("string", `A. B. ${word}`, `AB ${word}`)).toBe("correct");
        expect(verdict("string", `${word}'s ${other}`, `${word}’s ${other}`)).toBe("correct");
        expect(verdict("string", `${word}'s`, word)).toBe("wrong");
      }),
    );
  });

  test("texts: equality is symmetric, and a text equals itself", () => {
    const text = fc.oneof(
      anyText({ maxLength: 60 }),
      fc.stringMatching(/^[A-Za-zÀ-ÿŁłøØ0-9 .'&²⁺+#*-]{1,30}$/),
    );
    fc.assert(
      fc.property(text, text, (one, other) => {
        const there = verdict("string", one, other);
        const back = verdict("string", other, one);
        if (there !== "unparsable" && back !== "unparsable") expect(there).toBe(back);
        expect(verdict("string", one, one)).not.toBe("wrong");
      }),
      { numRuns: 500 },
    );
  });

  test("dates: the weekday of the calendar changes nothing, and another weekday is refused", () => {
    const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    const months =
      "January February March April May June July August September October November December".split(" ");
    const date = fc.date({ min: new Date("1600-01-01"), max: new Date("2999-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(date, fc.integer({ min: 1, max: 6 }), (when, off) => {
        const [gold, day, year] = [when.toISOString().slice(0, 10), when.getUTCDate(), when.getUTCFullYear()];
        const month = months[when.getUTCMonth()];
        const weekday = (shift: number) => days[(when.getUTCDay() + shift) % 7];
        for (const form of [`${month} ${day}, ${year}`, `${day} ${month} ${year}`]) {
          expect(verdict("date", gold, `${weekday(0)}, ${form}`)).toBe("correct");
          expect(verdict("date", gold, `${weekday(off)}, ${form}`)).toBe("unparsable");
        }
        // The answer may say more than the gold asks for. It must agree with the gold.
        expect(verdict("date", `${year}`, `${day} ${month} ${year}`)).toBe("correct");
        expect(verdict("date", `${year}`, `${day} ${month} ${year}`, { finerDate: "wrong" })).toBe("wrong");
        expect(verdict("date", `${year + 1}`, `${day} ${month} ${year}`)).toBe("wrong");
        expect(verdict("date", `${year} BC`, `AD ${year}`)).toBe("wrong");
      }),
    );
  });

  test("lists: every form keeps its elements in order, and an exchange is wrong", () => {
    const items = fc.uniqueArray(fc.stringMatching(/^[B-Z][b-m]{3,8}$/), {
      minLength: 3,
      maxLength: 8,
      selector: (item) => item.toLowerCase(),
    });
    const forms: readonly ((all: readonly string[]) => string)[] = [
      (all) => all.map((item, index) => `${index + 1}. ${item}`).join(" "),
      (all) => all.map((item, index) => `${index + 1}) ${item}`).join("\n"),
      (all) => all.map((item) => `- ${item}`).join("\n"),
      (all) => all.map((item) => `• **${item}**`).join("\n"),
      (all) => all.join("\n"),
      (all) => all.map((item) => `**${item}**`).join(", "),
      (all) => `${all.slice(0, -1).join("; ")}; and ${all.at(-1)}`,
      (all) => `${all.slice(0, -1).join(", ")} and ${all.at(-1)}.`,
      (all) => all.map((item, index) => `(${String.fromCharCode(97 + index)}) ${item}`).join(" "),
      (all) => JSON.stringify(all),
    ];
    fc.assert(
      fc.property(items, fc.constantFrom(...forms), (all, form) => {
        const gold = all.join("; ");
        const exchanged = [all[1], all[0], ...all.slice(2)] as string[];
        expect([form(all), verdict("list", gold, form(all))]).toEqual([form(all), "correct"]);
        expect(verdict("list", gold, form(exchanged))).toBe("wrong");
        expect(verdict("set", gold, form(exchanged))).toBe("correct");
        expect(verdict("list", gold, form(all.slice(1)))).not.toBe("correct");
      }),
    );
  });

  test("multiple choice: every form of a letter names its option, and no form names two", () => {
    const options = ["Rome", "Paris", "Oslo", "Bern"];
    const forms: readonly ((letter: string, text: string) => string)[] = [
      (letter) => letter,
      (letter) => `(${letter.toLowerCase()})`,
      (letter) => `[${letter}]`,
      (letter) => `Option ${letter}`,
      (letter) => `The answer is ${letter}.`,
      (letter) => `\\boxed{\\text{(${letter})}}`,
      (letter, text) => `\\textbf{(${letter})}\\ ${text}`,
      (letter, text) => `${letter}: ${text}`,
      (letter, text) => `**${letter}.** ${text}`,
      (letter, text) => `${letter} — ${text}`,
      (letter, text) => `${text} (${letter})`,
      (letter, text) => `Answer: (${letter}) ${text}`,
    ];
    const index = fc.integer({ min: 0, max: 3 });
    fc.assert(
      fc.property(index, index, index, fc.constantFrom(...forms), (gold, letter, text, form) => {
        const answer = form("ABCD".charAt(letter), options[text] as string);
        const one = verify({ answerType: "mcq", answer: options[gold] as string, shuffled: options }, answer);
        const names = form("A", "Lima").includes("Lima") && letter !== text ? null : letter;
        expect([answer, one]).toEqual([
          answer,
          names === null ? "unparsable" : names === gold ? "correct" : "wrong",
        ]);
      }),
    );
  });
});

test("no repetition of any fragments takes long, in any type", () => {
  const fragments =
    "1 |1,|'|a.|a b |and |- |(|{|\\text{|x^|1/|°|5'|1. |(a) |\n|**|\"|$|one hundred |km |to 1 |²|\\frac{1}{2}|, then |B) |is correct|\u2192 ".split(
      "|",
    );
  const types = ["mcq", "integer", "number", "quantity", "string", "date", "boolean", "list", "set"] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...types),
      fc.array(fc.constantFrom(...fragments), { minLength: 1, maxLength: 4 }),
      (answerType, parts) => {
        const answer = parts.join("").repeat(512).slice(0, 512);
        const task = { answerType, answer: "5 km", shuffled: ["a", "b", "c", "d"] };
        const began = process.cpuUsage();
        expect(verify(task, answer)).not.toBe("correct");
        const { user, system } = process.cpuUsage(began);
        expect((user + system) / 1000).toBeLessThan(50);
      },
    ),
    { numRuns: 400 },
  );
});

describe("what was read", () => {
  test("an explanation has the verdict of the verifier, and the same reading for equal answers", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(10 ** 6), max: 10 ** 6 }),
        anyText({ maxLength: 40 }),
        (value, text) => {
          const task = { answerType: "integer", answer: `${value}`, shuffled: [] } as const;
          const explained = explain(task, grouped(`${value}`, ","));
          expect(explained).toEqual({
            verdict: "correct",
            isVerifiable: true,
            gold: `${value}`,
            answer: `${value}`,
          });
          expect(explain(task, text).verdict).toBe(verify(task, text));
        },
      ),
    );
  });

  test("each type says what it read, and says nothing for a text that it cannot read", () => {
    const read = (answerType: AnswerType, text: string, shuffled: readonly string[] = []) =>
      explain({ answerType, answer: text, shuffled }, text).answer;
    expect(read("number", "2\\tfrac12")).toBe("2.5");
    expect(read("number", "12.5%")).toBe("0.125");
    expect(read("quantity", "5'3\"")).toBe("1.6002 m");
    expect(read("quantity", "90°")).toBe("90 degree");
    expect(read("date", "March 15, 44 BC")).toBe("0044-03-15 BC");
    expect(read("string", "The Łódź²")).toBe("lodz ^ 2");
    expect(read("boolean", "The statement is false.")).toBe("no");
    expect(read("list", "1. Bern 2. Quito")).toBe("2 elements: bern | quito");
    expect(read("mcq", "[B]", ["Rome", "Paris"])).toBe("B) Paris");
    expect(read("expression", "$x^2$")).not.toBeNull();
    for (const type of ["integer", "number", "quantity", "date", "boolean", "mcq"] as const)
      expect(read(type, "perhaps")).toBeNull();
  });
});
