import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { lastJsonObject } from "../../../src/core/prompts/reading/json.js";
import { protectLatex } from "../../../src/core/prompts/reading/latex-escapes.js";
import { MAX_TEXT } from "../../../src/core/prompts/reading/limits.js";
import { splitOptions } from "../../../src/core/prompts/reading/options.js";
import { parseWritten, writtenNumber } from "../../../src/core/text/written-json.js";
import { anyText } from "../../support/any-text.js";

/** A read value with the numbers of JavaScript, to compare it with what `JSON.parse` reads. */
function plain(value: unknown): unknown {
  const digits = writtenNumber(value);
  if (digits !== null) return Number(digits);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}

/** As JSON.parse, or undefined for a text that is not JSON. */
function parsedOr<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

describe("lastJsonObject", () => {
  test.each<[string, string, unknown]>([
    ["the bare object", '{"a": 1}', { a: 1 }],
    ["after free thinking with braces", 'Let S = {1, 2}; \\frac{1}{2}. {"a": "x}y{"}', { a: "x}y{" }],
    ["after an unclosed brace", 'for x in { we get {"a": 1}', { a: 1 }],
    ["the last of several", '{"a": 1} then {"a": 2}', { a: 2 }],
    ["the last of two fields with one name", '{"a": 1, "a": 2}', { a: 2 }],
    ["in a fence", 'Done:\n```json\n{"a": {"b": 2}}\n```\nHope {this} helps!', { a: { b: 2 } }],
    ["after a thought", '<think>{"a": 1}</think>{"a": 2}', { a: 2 }],
    ["escaped quotes", '{"a": "say \\"}\\" now"}', { a: 'say "}" now' }],
    [
      "LaTeX that JSON would eat",
      '{"a": "\\frac12 \\beta \\text{m} \\nabla \\rho"}',
      { a: "\\frac12 \\beta \\text{m} \\nabla \\rho" },
    ],
    [
      "LaTeX that JSON refuses",
      '{"a": "\\sqrt{2} \\(x\\) \\underline{y}"}',
      { a: "\\sqrt{2} \\(x\\) \\underline{y}" },
    ],
    ["doubled backslashes", '{"a": "\\\\frac12"}', { a: "\\frac12" }],
    ["real escapes", '{"a": "one\\ntwo\\tthree \\u00e9"}', { a: "one\ntwo\tthree é" }],
  ])("reads %s", (_, text, expected) => {
    expect(plain(lastJsonObject(text))).toEqual(expected);
  });

  test.each([
    ["nothing", "no object here"],
    ["an array", "[1, 2]"],
    ["single quotes", "{'a': 1}"],
    ["a trailing comma", '{"a": 1,}'],
    ["a comment", '{"a": 1 /* x */}'],
    ["a raw line break in a string", '{"a": "x\ny"}'],
    ["an unclosed object", '{"a": 1'],
    ["a thought without its end", '<think>{"a": 1}'],
    ["a number as the name of a field", "{1: 2}"],
    ["a number that begins with 0", '{"a": 01}'],
    ["deep nesting", `{"a": ${"[".repeat(1000)}${"]".repeat(1000)}}`],
    ["too much text", `${" ".repeat(MAX_TEXT)}{"a": 1}`],
  ])("does not repair %s", (_, text) => {
    expect(lastJsonObject(text)).toBeNull();
  });

  test("reads back any object that JSON can write, whatever prose stands before it", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string().filter((text) => !/["{}`]|think(?:ing)?>/i.test(text)),
        (object, prose) => {
          const written = JSON.stringify(object);
          // Texts whose backslashes look like LaTeX are the documented exception.
          fc.pre(!/\\[a-zA-Z]/.test(written) && !written.includes("```") && !written.includes("think"));
          expect(plain(lastJsonObject(prose + written))).toEqual(JSON.parse(written));
        },
      ),
    );
  });

  test("never throws and never hangs", () => {
    fc.assert(fc.property(anyText({ maxLength: 300 }), (text) => void lastJsonObject(text)));
    // Time of the processor: other programs on the machine do not count.
    const began = process.cpuUsage();
    for (const hostile of ["{", "[", '{"a":', '{"', "{}", "```", "<think>", '\\"{', "1", '"', "</think>"]) {
      lastJsonObject(hostile.repeat(Math.floor(MAX_TEXT / hostile.length)));
    }
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(2_000);
  });
});

describe("parseWritten", () => {
  test.each(["12345678901234567890", "0.10", "1e3", "-0", "1.50E-07", "1e400", "0"])(
    "keeps the number %s as written",
    (digits) => {
      expect(writtenNumber(parseWritten(digits))).toBe(digits);
      const { a } = parseWritten(`{"a": [${digits}]}`) as { a: readonly unknown[] };
      expect(writtenNumber(a[0])).toBe(digits);
    },
  );

  test("an object is never taken for a number", () => {
    for (const text of ['{"written": "5"}', '{"number": 5}', '"n5"', '"s5"'])
      expect(writtenNumber(parseWritten(text))).toBeNull();
  });

  test("reads what JSON.parse reads, and refuses what JSON.parse refuses", () => {
    const pieces = fc.constantFrom(
      ...[
        '"',
        "\\",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "1",
        "0",
        "-",
        ".",
        "e",
        "+",
        "a",
        "true",
        "null",
        " ",
        "\n",
      ],
    );
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join("")),
      fc.json(),
    );
    fc.assert(
      fc.property(text, (json) => {
        const expected = parsedOr((): unknown => JSON.parse(json));
        const read = parsedOr(() => plain(parseWritten(json)));
        expect(read).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });
});

/**
 * Commands of LaTeX, amsmath, amssymb and mathtools whose first letter JSON takes for an escape.
 */
const COMMANDS = (
  "backepsilon backprime backsim backslash bar barwedge Bbbk because begin beta beth between bf bigcap bigcirc " +
  "bigcup bigg biggl biggr bigl bigm bigodot bigoplus bigr bigsqcup bigstar bigtriangleup bigvee bigwedge binom " +
  "blacksquare bmatrix bmod boldsymbol bot bowtie boxed boxplus bra braket breve bullet bumpeq fallingdotseq " +
  "fbox flat floor footnotesize forall frac frak frown nabla natural ncong ne nearrow neg neq newline nexists " +
  "ngeq ngtr nicefrac nleftarrow nleq nless nmid nolimits nonumber norm not notin nparallel nprec nRightarrow " +
  "nshortmid nsim nsubset nsubseteq nsucc nsupseteq ntriangleleft nu nvdash nvDash nwarrow raisebox rangle " +
  "rbrace rbrack rceil Re real ref right rightarrow rightharpoonup rightleftharpoons rightsquigarrow risingdotseq " +
  "rfloor rgroup rho rm rmoustache root rtimes rvert rVert tan tanh tau tbinom text textbf textit textrm textsc " +
  "texttt textup tfrac therefore theta thickapprox thicksim thinspace tilde times tiny to top triangle " +
  "triangledown triangleleft triangleq twoheadrightarrow ulcorner underbrace underline unlhd uparrow uplus " +
  "upsilon upuparrows urcorner lvert lVert lfloor sqrt cdot"
).split(" ");

describe("protectLatex", () => {
  test.each(COMMANDS)("the command %s survives a single backslash and a doubled one", (name) => {
    for (const after of [" x", "{x}", "_1", "(2)", "", "\\frac{1}{2}", "5"]) {
      const expected = { a: `Let $\\${name}${after}` };
      expect(JSON.parse(protectLatex(`{"a": "Let $\\${name}${after}"}`))).toEqual(expected);
      expect(JSON.parse(protectLatex(JSON.stringify(expected)))).toEqual(expected);
    }
  });

  test("any command of small letters before a brace survives", () => {
    const name = fc.stringMatching(/^[a-z]{2,12}$/);
    fc.assert(
      fc.property(name, (command) => {
        const expected = { a: `the \\${command}{x}` };
        expect(JSON.parse(protectLatex(`{"a": "the \\${command}{x}"}`))).toEqual(expected);
      }),
    );
  });

  test.each([
    ["a line break before a word", "one\\nTwo\\nthree\\nand four\\nA) x", "one\nTwo\nthree\nand four\nA) x"],
    ["a tab before a word", "year\\tPopulation\\tarea\\trace\\t12", "year\tPopulation\tarea\trace\t12"],
    ["a line break of two characters", "one\\r\\ntwo\\r\\nThree", "one\r\ntwo\r\nThree"],
    ["a line break at the end", "one\\n", "one\n"],
    ["a line break before the word i", "so\\ni think", "so\ni think"],
    ["a relation inside a line", "x \\ni y", "x \\ni y"],
    ["a trace", "$\\tr(A) \\ni$", "$\\tr(A) \\ni$"],
    ["a tab before a letter", "q\\tr\\ts", "q\tr\ts"],
    ["an escaped character", "caf\\u00e9 \\ud83d\\ude00", "café 😀"],
    ["a lone escape of a letter", "a\\u12", "a\\u12"],
  ])("keeps %s", (_, written, expected) => {
    expect(JSON.parse(protectLatex(`"${written}"`))).toBe(expected);
  });

  test("leaves valid JSON without commands alone", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const written = JSON.stringify(value);
        fc.pre(!/\\[a-zA-Z]/.test(written));
        expect(protectLatex(written)).toBe(written);
      }),
    );
  });
});

describe("splitOptions", () => {
  const expected = { stem: "Which city?", options: ["Rome", "Oslo", "Lima", "Cairo"] };
  test.each([
    "Which city?\nA) Rome\nB) Oslo\nC) Lima\nD) Cairo",
    "Which city? A. Rome B. Oslo C. Lima D. Cairo",
    "Which city?\n(A) Rome\n(B) Oslo\n(C) Lima\n(D) Cairo\n",
    "Which city?\n\nA: Rome\n\nB: Oslo\n\nC: Lima\n\nD: Cairo",
  ])("reads %p", (text) => {
    expect(splitOptions(text)).toEqual(expected);
  });

  test("refuses letters out of order, missing or alone", () => {
    for (const text of ["Q? A) x C) y B) z", "Q? B) x C) y", "Q? A) x", "no options"])
      expect(splitOptions(text)).toBeNull();
  });
});
