import { describe, expect, test } from "@jest/globals";
import { documentsOf, readFiles, reasonsOf, textsOf } from "./read.js";

describe("reStructuredText", () => {
  test("the order of the underlines gives the levels; deeper headings stay inside", async () => {
    const text = `Preface.

Bridges
=======

All of them.

Arch
----

Old.

Roman
~~~~~

Very old.

Empty
-----

Beams
-----

New.
`;
    expect(await textsOf("a.rst", text)).toEqual([
      ["a.rst", "Preface."],
      ["Bridges", "Bridges\n\nAll of them."],
      ["Bridges: Arch", "Arch\n\nOld.\n\nRoman\n\nVery old."],
      ["Bridges: Beams", "Beams\n\nNew."],
    ]);
    expect(reasonsOf(await readFiles({ "a.rst": text }))).toEqual(["no_text"]);
  });

  test("an overlined title is another level than an underlined one", async () => {
    const titles = await textsOf(
      "a.rst.txt",
      "=====\nTitle\n=====\n\nx\n\nPart\n=====\n\ny\n\nSub\n---\n\nz\n",
    );
    expect(titles).toEqual([
      ["Title", "Title\n\nx"],
      ["Title: Part", "Part\n\ny\n\nSub\n\nz"],
    ]);
  });

  test("roles, links, references, emphasis and escapes leave their words", async () => {
    const [text] = await textsOf(
      "a.rst",
      "See :ref:`the guide <guide>`, :func:`~os.path.join`, :py:class:`!Dict`, ``a*b*c``, `home\npage <http://x.org>`_, *very* **strong**, name_ and [1]_ of |product|\\ s; 2*3*4.\n\n.. |product| replace:: Spice\n\nThen |product|.",
    );
    expect(text?.[1].replace(/\n{2,}/g, "\n\n")).toBe(
      "See the guide, join, Dict, a*b*c, home\npage, very strong, name and of products; 2*3*4.\n\nThen Spice.",
    );
  });

  test("directives are unwrapped, kept as they are, or left out; comments and targets go", async () => {
    const text = `.. _target:

.. A comment
   over two lines.

.. toctree::
   :maxdepth: 2

   one
   two

.. note:: Mind *this*.

   And that.

.. code-block:: python
   :linenos:

   if a:
       *b*

.. image:: a.png
   :alt: A picture

.. versionadded:: 3.2

Example::

    x = \`\`1\`\`

.. [1] A footnote.

End.
`;
    const [found] = await textsOf("a.rst", text);
    expect(found?.[1].replace(/\n{2,}/g, "\n\n")).toBe(
      "Mind this.\n\nAnd that.\n\nif a:\n    *b*\n\nNew in version 3.2\n\nExample:\n\nx = ``1``\n\n[1] A footnote.\n\nEnd.",
    );
  });

  test("a comment is counted, a field keeps its name and its value", async () => {
    const items = await readFiles({
      "a.rst": `Title
=====

:Author: Ann
:param size: in pixels, see :ref:\`units\`

.. a note for authors
   in two lines

.. _target:

..

Text.
`,
    });
    const [document] = documentsOf(items);
    expect(document?.text).toContain("Author: Ann\nparam size: in pixels, see units");
    expect(document?.text).not.toContain("authors");
    expect(items.filter(({ kind }) => kind === "skip")).toMatchObject([
      { reason: "comment", detail: "A comment was removed." },
    ]);
  });

  test("tables become rows", async () => {
    const text = `=====  ======
Town   People
=====  ======
Oslo   700000
Rome   2.8 m
=====  ======

+------+-----+
| A    | B   |
+======+=====+
| 1    | 2   |
+------+-----+
`;
    const [found] = await textsOf("a.rst", text);
    expect(found?.[1].replace(/\n{2,}/g, "\n\n")).toBe(
      "Town | People\nOslo | 700000\nRome | 2.8 m\n\nA | B\n1 | 2",
    );
  });
});
