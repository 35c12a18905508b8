import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { splitFrontMatter } from "../../../src/adapters/sources/readers/front-matter.js";
import { anyText } from "../../support/any-text.js";

describe("splitFrontMatter", () => {
  test.each<[string, string, object]>([
    ["a mapping", "---\ntitle: X\ntags: [a, b]\n---\nBody\n", { title: "X", tags: ["a", "b"] }],
    ["a mapping that ends in dots", "---\ntitle: X\n...\nBody\n", { title: "X" }],
    ["a rule inside a value", "---\ntext: |\n  a\n  ---\n  b\n---\nBody\n", { text: "a\n---\nb\n" }],
    [
      "a value with a second colon",
      "---\ntitle: Linux: an overview\nlang: en\n---\nBody\n",
      { title: "Linux: an overview", lang: "en" },
    ],
    ["a name that comes twice", "---\ntitle: X\ntitle: Y\n---\nBody\n", { title: "Y" }],
    ["JSON, which is YAML too", '---\n{"title": "X"}\n---\nBody\n', { title: "X" }],
    ["TOML", '+++\ntitle = "X"\n[extra]\na = 1\n+++\nBody\n', { title: "X", extra: { a: 1 } }],
    ["a byte order mark", "\ufeff---\ntitle: X\n---\nBody\n", { title: "X" }],
    ["a known name alone", "---\ntitle: It was a dark and stormy night.\n---\nBody\n", {}],
  ])("takes %s", (_, text, fields) => {
    const split = splitFrontMatter(text);
    expect(split.fields).toMatchObject(fields);
    expect(split.body).toBe("Body\n");
  });

  test.each([
    ["text between two rules", "---\n\nText between rules.\n\n---\n\nRest.\n"],
    ["a sentence with a colon", "---\nNote: the bridge is closed in winter.\n---\nRest.\n"],
    ["a sentence with a colon, and more", "---\nNote: it is closed.\n\nUntil May.\n\n---\nRest.\n"],
    ["a mapping below an empty line", "---\n\ntitle: X\n\n---\nRest.\n"],
    ["a list", "---\n- one\n- two\n---\nRest.\n"],
    ["one word", "---\nWord\n---\nRest.\n"],
    ["a comment alone", "---\n# Heading\n---\nRest.\n"],
    ["a block without its end", "---\ntitle: X\n\nRest.\n"],
    ["a rule that is not first", "Text.\n\n---\ntitle: X\n---\n"],
    ["plus signs without TOML", "+++\nThis is a sentence.\n+++\nRest.\n"],
  ])("leaves %s in the text", (_, text) => {
    expect(splitFrontMatter(text)).toEqual({ fields: null, body: text });
  });

  test("never throws, and what it does not take stays in the text", () => {
    fc.assert(
      fc.property(anyText(), anyText(), fc.constantFrom("---", "+++"), (block, body, rule) => {
        const text = `${rule}\n${block}\n${rule}\n${body}`;
        const split = splitFrontMatter(text);
        if (split.fields === null) expect(split.body).toBe(text);
        else expect(text.endsWith(split.body)).toBe(true);
      }),
    );
  });
});
