import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { promptFamily } from "../../../src/core/prompts/families.js";
import { boxedAnswer } from "../../../src/core/prompts/reading/boxed.js";
import { anyText } from "../../support/any-text.js";
import { makeTask } from "../../support/fixtures.js";

describe("boxedAnswer", () => {
  test.each<[string, string | null]>([
    ["So the answer is \\boxed{42}.", "42"],
    ["\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"],
    ["\\boxed{\\text{Paris}}", "Paris"],
    ["\\boxed{\\{1, 2\\}}", "\\{1, 2\\}"],
    ["\\boxed{\\left\\{1, 2\\right.}", "\\left\\{1, 2\\right."],
    // Other ways to write a box.
    ["\\boxed {4}", "4"],
    ["\\boxed\n{4}", "4"],
    ["\\boxed4", "4"],
    ["\\boxed 42.", "42"],
    ["\\boxed -3,5 m", "-3,5"],
    ["\\boxed B", "B"],
    ["\\fbox{4}", "4"],
    ["\\\\boxed{4}", "4"],
    ["$$\\boxed{\\begin{pmatrix}1\\\\{2}\\end{pmatrix}}$$", "\\begin{pmatrix}1\\\\{2}\\end{pmatrix}"],
    ["\\boxed{\\boxed{4}}", "4"],
    // An empty box says nothing.
    ["I will put it in \\boxed{}. So \\boxed{4}", "4"],
    ["So \\boxed{4}. That was in \\boxed{ }, as asked.", "4"],
    ["\\boxed{\\text{ }} \\boxed{4} \\boxed{\\quad}", "4"],
    ["\\boxed{...} then \\boxed{4}", "4"],
    ["\\boxed{}", null],
    ["I use \\boxed and write no box", null],
    // The last box counts. Boxes side by side are several answers.
    ["\\boxed{7} ... again \\boxed{ 7 }", "7"],
    ["First I thought of \\boxed{3}, but 2 + 2 is \\boxed{4}.", "4"],
    ["\\boxed{A} or \\boxed{B}", null],
    ["\\boxed{7} \\boxed{Paris}", null],
    ["$\\boxed{1}$, $\\boxed{2}$", null],
    ["No: \\boxed{3}. It is \\boxed{4} or \\boxed{5}", null],
    // A box that does not end says that the answer was cut off.
    ["\\boxed{42", null],
    ["\\boxed{4}. Wait, it is \\boxed{5", null],
    ["42", null],
    ["<think>\\boxed{1}</think>\\boxed{2}", "2"],
    ["<think>\\boxed{1}", null],
    ["<think>\\boxed{1}</think>", null],
    ["<think>\\boxed{1}</think> It is one.", null],
    ["<thinking>\\boxed{1}", null],
  ])("%j holds %j", (text, answer) => {
    expect(boxedAnswer(text)).toBe(answer);
  });

  test("never throws, and takes time in proportion to the text", () => {
    fc.assert(fc.property(anyText(), (text) => void boxedAnswer(`\\boxed{${text}`)));
    const parts = [
      "\\boxed{",
      "\\boxed{}",
      "\\boxed{1}",
      "{",
      "}",
      "\\boxed ",
      "</think>",
      "\\",
      " or ",
      "$",
    ];
    fc.assert(fc.property(fc.array(fc.constantFrom(...parts)), (all) => void boxedAnswer(all.join(""))));
    const began = process.cpuUsage();
    for (const hostile of [...parts, "\\boxed{1} or "]) boxedAnswer(hostile.repeat(20_000));
    boxedAnswer(`${"\\boxed{".repeat(20_000)}1${"}".repeat(20_000)}`);
    boxedAnswer(`\\boxed{${" ".repeat(100_000)}x}`);
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(2_000);
  });

  test("a box is read whatever text stands around it", () => {
    const prose = anyText().filter((text) => !/[\\{}<]/.test(text));
    const answer = fc.stringMatching(/^[A-Za-z0-9+=-]{1,12}$/);
    fc.assert(
      fc.property(prose, answer, prose, (before, said, after) => {
        expect(boxedAnswer(`${before}\\boxed{${said}}${after}`)).toBe(said);
      }),
    );
  });
});

describe("an attempt that was cut off", () => {
  const guess = "Let me guess: \\boxed{4}. But wait, I should check";

  test("in a thought that the template opened has no answer, whatever boxes stand in it", () => {
    const paper = promptFamily("paper");
    expect(paper.parseAnswer(guess, makeTask(), { end: "cut_off", thought: "opened" })).toBeNull();
    expect(paper.parseAnswer(guess, makeTask(), { end: "cut_off", thought: "none" })).toBe("4");
    const closed = `${guess}</think>So it is \\boxed{5}.`;
    expect(paper.parseAnswer(closed, makeTask(), { end: "finished", thought: "opened" })).toBe("5");
  });

  test("in a thought that the attempt opened has no answer", () => {
    const paper = promptFamily("paper");
    const text = `<think>${guess}`;
    expect(paper.parseAnswer(text, makeTask(), { end: "cut_off", thought: "none" })).toBeNull();
  });

  test("in the middle of its line has no answer in the family `small`", () => {
    const small = promptFamily("small");
    expect(small.parseAnswer(" N'Djam", makeTask(), { end: "cut_off", thought: "none" })).toBeNull();
    expect(small.parseAnswer(" N'Djamena", makeTask(), { end: "finished", thought: "none" })).toBe(
      "N'Djamena",
    );
    expect(small.parseAnswer(" Answer: N'Djamena", makeTask())).toBe("N'Djamena");
  });
});
