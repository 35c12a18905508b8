import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { documentsOf, readFiles, reasonsOf, textsOf } from "./read.js";

const MENU = '<ul><li><a href="a">Home</a></li><li><a href="b">News</a></li></ul>';

async function textOf(body: string): Promise<string> {
  const texts = await textsOf("page.html", `<title>Page</title><body>${body}</body>`);
  return texts.map(([, text]) => text).join("\n====\n");
}

describe("HTML", () => {
  test("headings of the first two levels begin documents, titled and addressed by their anchors", async () => {
    const page = `<title>Site: Bridges</title><p>Before.</p><h1>Bridges</h1><p>All.</p>
      <section id="arch"><h2>Arch<a class="headerlink" href="#arch">¶</a></h2><p>Old.</p><h3>Roman</h3><p>Very.</p></section>
      <h2>Empty</h2>`;
    const items = await readFiles({ "a.html": page });
    const documents = documentsOf(items);
    expect(documents.map(({ title, text }) => [title, text])).toEqual([
      ["Site: Bridges", "Before."],
      ["Bridges", "Bridges\n\nAll."],
      ["Bridges: Arch", "Arch\n\nOld.\n\nRoman\n\nVery."],
    ]);
    expect(documents.map(({ sourceUri }) => sourceUri.split("#")[1])).toEqual([undefined, "bridges", "arch"]);
    expect(reasonsOf(items)).toEqual(["no_text"]);
  });

  test("scripts, menus, forms, headers, footers and hidden parts are left out", async () => {
    const text = await textOf(`<script>let a = "<p>no</p>";</script><style>p {}</style><header>Logo</header>
      <nav>Nav</nav><div class="docnav">Previous</div><div id="site-footer">Imprint</div>${MENU}
      <form><label>Search</label><input></form><aside>Advert</aside><p style="display: none">secret</p>
      <p>The only sentence of this page stands here, long enough to be the text.</p><footer>Foot</footer>`);
    expect(text).toBe("The only sentence of this page stands here, long enough to be the text.");
  });

  test("main, or the only article, is the text; its header with the title stays", async () => {
    expect(await textOf("<p>Around</p><main><p>Inside</p></main>")).toBe("Inside");
    expect(await textOf("<p>Around</p><article><header><h1>T</h1></header><p>In</p></article>")).toBe(
      "T\n\nIn",
    );
    expect(await textOf("<article><p>One</p></article><article><p>Two</p></article>")).toBe("One\n\nTwo");
  });

  test("a wrapper that is called after a menu but holds the page stays", async () => {
    expect(await textOf('<div class="has-sidebar"><p>The text of the page.</p></div>')).toBe(
      "The text of the page.",
    );
  });

  test("a list of links is left out, a list with links in sentences stays", async () => {
    const list =
      '<ul><li>Cross the <a href="x">river</a> by boat.</li><li>Then <a href="y">walk</a> home.</li></ul>';
    expect(await textOf(`${MENU}<p>Way:</p>${list}`)).toBe(
      "Way:\n\n- Cross the river by boat.\n- Then walk home.",
    );
  });

  test("tables become rows, lists their items, preformatted text keeps its lines", async () => {
    const text = await textOf(`<table><caption>Towns</caption><tr><th>Town</th><th>People</th></tr>
      <tr><td>Oslo</td><td>700&nbsp;000</td></tr></table>
      <ol start="3"><li>Three<li>Four<ul><li>Inner</ul></ol><pre>if a:\n    b &lt; c</pre>
      <dl><dt>Term</dt><dd>Meaning</dd></dl>`);
    expect(text).toBe(
      "Towns\n\nTown | People\nOslo | 700 000\n\n3. Three\n4. Four\n  - Inner\n\nif a:\n    b < c\n\nTerm\nMeaning",
    );
  });

  test("entities are decoded, powers stay powers, marks of footnotes go, soft hyphens go", async () => {
    expect(
      await textOf(
        "<p>Caf&eacute; &amp; b&shy;ar: 10<sup>6</sup> m<sup><a href='#f1'>1</a></sup><br>End</p>",
      ),
    ).toBe("Café & bar: 10^6 m\nEnd");
  });

  test("a page says its language, license, address and opt-out", async () => {
    const page = (head: string) =>
      readFiles({ "a.html": `<html lang="de-AT"><head>${head}</head><h1>T</h1><p>x` });
    const [document] = documentsOf(
      await page(
        '<meta name="dcterms.license" content="CC0-1.0"><meta name="robots" content="noindex, noai"><link rel="canonical" href="https://example.org/a">',
      ),
    );
    expect(document).toMatchObject({
      language: "de-AT",
      licence: "CC0-1.0",
      optOut: true,
      sourceUri: "https://example.org/a#t",
    });
    const [open] = documentsOf(await page('<meta name="robots" content="noindex">'));
    expect(open?.optOut).toBeUndefined();
    const [reserved] = documentsOf(await page('<meta name="tdm-reservation" content="1">'));
    expect(reserved?.optOut).toBe(true);
  });

  test("XHTML with elements that end in themselves loses no text", async () => {
    const page =
      '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><script src="a"/><title>T</title></head><body><a id="x"/><p>Kept.<br/>All.</p></body></html>';
    expect(await textsOf("a.xhtml", page)).toEqual([["T", "Kept.\nAll."]]);
  });

  test("the encoding that a page states is used when the bytes are not UTF-8", async () => {
    const page = '<meta charset="iso-8859-1"><title>T</title><p>café';
    expect(await textsOf("a.html", Buffer.from(page, "latin1"))).toEqual([["T", "café"]]);
    const items = await readFiles({ "a.html": Buffer.from("<p>café", "latin1") });
    expect(reasonsOf(items)).toEqual(["not_utf8"]);
  });

  test("a page of links only has no text; a page nested without end is left out", async () => {
    expect(reasonsOf(await readFiles({ "index.html": `<body>${MENU}` }))).toEqual(["no_text"]);
    const deep = await readFiles({ "a.html": `${"<b><i>".repeat(40_000)}x` });
    expect(documentsOf(deep).length + reasonsOf(deep).length).toBe(1);
  });

  test("no tag is ever in the text", async () => {
    const words = fc.stringMatching(/^[a-z ]{1,12}$/);
    const tags = fc.constantFrom(
      "p",
      "div",
      "b",
      "ul",
      "li",
      "h1",
      "h2",
      "table",
      "tr",
      "td",
      "pre",
      "br",
      "a href=x",
      "dl",
      "dt",
    );
    const piece = fc.oneof(
      words,
      tags.map((tag) => `<${tag}>`),
      tags.map((tag) => `</${tag.split(" ")[0]}>`),
      fc.constant("<!-- c -->"),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
        for (const [title, text] of await textsOf("a.html", pieces.join(""))) {
          expect(text).not.toMatch(/[<>]/);
          expect(title).not.toMatch(/[<>]/);
        }
      }),
      { numRuns: 60 },
    );
  });
});
