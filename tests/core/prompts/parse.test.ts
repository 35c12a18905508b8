import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { boxedAnswer } from "../../../src/core/prompts/reading/boxed.js";
import { lastJsonObject } from "../../../src/core/prompts/reading/json.js";
import { protectLatex } from "../../../src/core/prompts/reading/latex-escapes.js";
import { MAX_TEXT } from "../../../src/core/prompts/reading/limits.js";
import { splitOptions } from "../../../src/core/prompts/reading/options.js";
import { anyText } from "../../support/any-text.js";

describe("lastJsonObject", () => {
  test.each<[string, string, unknown]>([
    ["the bare object", '{"a": 1}', { a: 1 }],
    ["after free thinking with braces", 'Let S = {1, 2}; \\frac{1}{2}. {"a": "x}y{"}', { a: "x}y{" }],
    ["after an unclosed brace", 'for x in { we get {"a": 1}', { a: 1 }],
    ["the last of several", '{"a": 1} then {"a": 2}', { a: 2 }],
    ["in a fence", 'Done:\n```json\n{"a": {"b": 2}}\n```\nHope {this} helps!', { a: { b: 2 } }],
    ["after a reasoning block", '<think>{"a": 1}</think>{"a": 2}', { a: 2 }],
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
    expect(lastJsonObject(text)).toEqual(expected);
  });

  test.each([
    ["nothing", "no object here"],
    ["an array", "[1, 2]"],
    ["single quotes", "{'a': 1}"],
    ["a trailing comma", '{"a": 1,}'],
    ["a comment", '{"a": 1 /* x */}'],
    ["a raw line break in a string", '{"a": "x\ny"}'],
    ["an unclosed object", '{"a": 1'],
    ["an unclosed reasoning block", '<think>{"a": 1}'],
    ["too much text", `${" ".repeat(MAX_TEXT)}{"a": 1}`],
  ])("does not repair %s", (_, text) => {
    expect(lastJsonObject(text)).toBeNull();
  });

  test("reads back any object that JSON can write, whatever prose stands before it", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string().filter((text) => !/["{}`]|think>/.test(text)),
        (object, prose) => {
          const written = JSON.stringify(object);
          // Texts whose backslashes look like LaTeX are the documented exception.
          fc.pre(!/\\[a-zA-Z]/.test(written) && !written.includes("```") && !written.includes("think>"));
          expect(lastJsonObject(prose + written)).toEqual(JSON.parse(written));
        },
      ),
    );
  });

  test("never throws and never hangs", () => {
    fc.assert(fc.property(anyText({ maxLength: 300 }), (text) => void lastJsonObject(text)));
    const began = performance.now();
    for (const hostile of ["{", "[", '{"a":', '{"', "{}", "```", "<think>", '\\"{']) {
      lastJsonObject(hostile.repeat(Math.floor(MAX_TEXT / hostile.length)));
    }
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

test("protectLatex leaves valid JSON without commands alone", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const written = JSON.stringify(value);
      fc.pre(!/\\[a-zA-Z]/.test(written));
      expect(protectLatex(written)).toBe(written);
    }),
  );
});

describe("boxedAnswer", () => {
  test.each<[string, string | null]>([
    ["So the answer is \\boxed{42}.", "42"],
    ["\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"],
    ["\\boxed{\\text{Paris}}", "Paris"],
    ["\\boxed{7} ... again \\boxed{ 7 }", "7"],
    ["\\boxed{A} or \\boxed{B}", null],
    ["\\boxed{}", null],
    ["\\boxed{42", null],
    ["42", null],
    ["<think>\\boxed{1}</think>\\boxed{2}", "2"],
    ["<think>\\boxed{1}", null],
  ])("%p holds %p", (text, answer) => {
    expect(boxedAnswer(text)).toBe(answer);
  });

  test("never throws", () => {
    fc.assert(fc.property(anyText(), (text) => void boxedAnswer(`\\boxed{${text}`)));
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
