import { describe, expect, test } from "@jest/globals";
import { documentsOf, readFiles, reasonsOf, textsOf } from "./read.js";

describe("Markdown", () => {
  test("comments are removed and counted, but not in code", async () => {
    const file =
      "<!-- a -->\n\n# T\n\nOne <!-- b --> two.\n\n> <!-- c\n> d -->\n> quoted\n\n```html\n<!-- code -->\n```\n\n`<!-- e -->`\n";
    const items = await readFiles({ "a.md": file });
    const [document] = documentsOf(items);
    expect(document?.text).toBe("T\n\nOne two.\n\nquoted\n\n<!-- code -->\n\n<!-- e -->");
    expect(items.filter(({ kind }) => kind === "skip")).toMatchObject([
      { reason: "comment", detail: "A comment was removed." },
      { reason: "comment", detail: "2 comments were removed.", where: expect.stringMatching(/#t$/) },
    ]);
  });

  test("a section that is only a comment has no text", async () => {
    expect(reasonsOf(await readFiles({ "a.md": "## T\n\n<!-- nothing -->\n" }))).toEqual([
      "comment",
      "no_text",
    ]);
  });

  test("the title has no markup, and emphasis without end takes no time", async () => {
    const [title] = await textsOf("a.md", "# The *big* [bridge](x) of `Ansted`\n\nx\n");
    expect(title?.[0]).toBe("The big bridge of Ansted");
    const began = performance.now();
    expect(await textsOf("a.md", `# T\n\n${"*a_ ".repeat(20_000)}`)).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test("setext headings and headings in code", async () => {
    expect(await textsOf("a.md", "Title\n=====\n\nx\n\n```\n# no heading\n```\n\nPart\n----\n\ny\n")).toEqual(
      [
        ["Title", "Title\n\nx\n\n# no heading"],
        ["Title: Part", "Part\n\ny"],
      ],
    );
  });

  test("the text is what a reader of the page sees", async () => {
    const file = [
      "[![build](https://a/b.svg)](https://a/c) **Glob** matches _files_ with `minimatch`.",
      "It was ~~slow~~ fast in [2019](#then); see snake_case and 2 * 3.",
      "",
      '<p align="center"><img src="logo.png"> <b>Made</b> by hand.</p>',
      "",
      "- [One](#one)",
      "- [Two](#two)",
      "",
      "1. first",
      "   - inner",
      "2. second &amp; last",
      "",
      "| Name | Size |",
      "| :--- | ---: |",
      "| a | `1` |",
    ].join("\n");
    expect(await textsOf("a.md", file)).toEqual([
      [
        "a.md",
        [
          "Glob matches files with minimatch. It was slow fast in 2019; see snake_case and 2 * 3.",
          "Made by hand.",
          "1. first\n  - inner\n2. second & last",
          "Name | Size\na | 1",
        ].join("\n\n"),
      ],
    ]);
  });

  test("HTML in Markdown divides a file as headings do, and no script or style is text", async () => {
    const file =
      "<h1 align=center>Tea <sub>green</sub></h1>\n\nhot\n\n<details><summary>More</summary>\n\n*inside*\n\n</details>\n\n<script>\nalert(1)\n</script>\n\n<h2>Cups</h2>\n\nsmall <main>ones\n";
    expect(await textsOf("a.md", file)).toEqual([
      ["Tea green", "Tea green\n\nhot\n\nMore\n\ninside"],
      ["Tea green: Cups", "Cups\n\nsmall\n\nones"],
    ]);
  });
});
