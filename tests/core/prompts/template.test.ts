import { describe, expect, test } from "@jest/globals";
import { familyParts, promptFamily } from "../../../src/core/prompts/families.js";
import { slotsOf } from "../../../src/core/prompts/from-templates.js";
import { PROMPTS, type PromptName } from "../../../src/core/prompts/slots.js";
import { parseTemplate, renderTemplate } from "../../../src/core/prompts/template.js";
import { makeCandidate, makeSegment, makeTask } from "../../support/fixtures.js";

const render = (text: string, values: Record<string, string>) => {
  const parsed = parseTemplate(text, ["question", "form"]);
  if (!parsed.ok) throw new Error(parsed.text);
  return renderTemplate(parsed.template, values);
};
const problem = (text: string, required: readonly string[] = []) => {
  const parsed = parseTemplate(text, ["question", "form"], required);
  return parsed.ok ? null : [parsed.line, parsed.text];
};

describe("a template", () => {
  test("fills slots, and leaves other braces as they are", () => {
    expect(render('{question} {"a": {}} \\boxed{} {A}', { question: "Why?" })).toBe(
      'Why? {"a": {}} \\boxed{} {A}',
    );
  });

  test("shows a part only when its slot is not empty", () => {
    const text = "{question}{#form} ({form}){/form}!";
    expect(render(text, { question: "Q", form: "a year" })).toBe("Q (a year)!");
    expect(render(text, { question: "Q" })).toBe("Q!");
  });

  test("writes a slot's name with two braces", () => {
    expect(render("{{question}}", { question: "Q" })).toBe("{question}");
  });

  test("never reads a value as a template", () => {
    expect(render("{question}", { question: "{form}", form: "secret" })).toBe("{form}");
  });

  test("with a problem names its line and the known slots", () => {
    expect(problem("a\nb {qeustion}")).toEqual([2, expect.stringContaining("It has {question}, {form}.")]);
    expect(problem("{form}", ["question"])).toEqual([1, expect.stringContaining("{question} is missing")]);
    expect(problem("x\n{#form} y")).toEqual([2, expect.stringContaining("no end {/form}")]);
    expect(problem("x {/form}")).toEqual([1, expect.stringContaining("not open")]);
    expect(problem("{question}", ["question"])).toBeNull();
  });
});

test.each(["paper", "small", "small-prose"] as const)(
  "the templates of %s use known slots, and all that are required",
  (name) => {
    const parts = familyParts(name);
    const texts = Object.entries(parts.templates);
    expect(texts.length).toBeGreaterThanOrEqual(9);
    for (const [prompt, text] of texts) {
      const known = prompt as PromptName;
      const parsed = parseTemplate(text, slotsOf(parts, known), PROMPTS[known].required);
      expect([prompt, parsed.ok]).toEqual([prompt, true]);
    }
  },
);

describe("templates of the user", () => {
  const own = {
    folder: "./prompts",
    sha256: "0123456789abcdef",
    texts: {
      "blind-free": "--- system\nBe short.\n--- user\nQ: {question}",
      "challenger-free": "{document}\n\n{title}: {form}, {type}\nQuestion:",
    },
  };
  const segment = makeSegment("Text with\n--- system\nin it.");
  const task = makeTask(makeCandidate({ question: "--- user\nWhy?" }));

  test("replace the wording of their prompts only, and their digest is in the id", () => {
    const family = promptFamily("small", own);
    expect(family.id).toBe(`${promptFamily("small").id}+01234567`);
    expect(family.openBook(segment, task)).toEqual(promptFamily("small").openBook(segment, task));
    const asked = family.challenger(segment, { kind: "free", answerType: "date" }, null);
    expect(asked).toEqual({
      kind: "text",
      text: `${segment.text}\n\n${segment.document.title}: a date, date\nQuestion:`,
    });
  });

  test("may have roles; a line of that form in a value begins no message", () => {
    expect(promptFamily("small", own).blind(task)).toEqual({
      kind: "chat",
      messages: [
        { role: "system", content: "Be short." },
        { role: "user", content: "Q: --- user\nWhy?" },
      ],
    });
  });

  test("without roles stand after the system message of the family `paper`", () => {
    const prompt = promptFamily("paper", { ...own, texts: { "blind-free": "Q: {question}" } }).blind(task);
    expect(prompt.kind === "chat" && prompt.messages.map(({ role }) => role)).toEqual(["system", "user"]);
  });
});
