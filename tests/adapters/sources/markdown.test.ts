import { describe, expect, test } from "@jest/globals";
import { documentsOf, readFiles, reasonsOf, textsOf } from "./read.js";

describe("Markdown", () => {
  test("comments are removed and counted, but not in code", async () => {
    const file =
      "<!-- a -->\n\n# T\n\nOne <!-- b --> two.\n\n> <!-- c\n> d -->\n> quoted\n\n```html\n<!-- code -->\n```\n\n`<!-- e -->`\n";
    const items = await readFiles({ "a.md": file });
    const [document] = documentsOf(items);
    expect(document?.text).toMatch(/^# T\n\nOne {2}two\./);
    expect(document?.text).toContain("<!-- code -->");
    expect(document?.text).toContain("`<!-- e -->`");
    expect(document?.text).not.toMatch(/a -->|b -->|d -->/);
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
        ["Title", "Title\n=====\n\nx\n\n```\n# no heading\n```"],
        ["Title: Part", "Part\n----\n\ny"],
      ],
    );
  });
});
