import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "spice-links-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function checkLinks(files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { status, stderr } = spawnSync(process.execPath, ["scripts/check-links.mjs", folder], {
    encoding: "utf8",
  });
  const lines = stderr.trimEnd().split("\n");
  return { status, dangling: lines.filter((line) => /:\d+: /.test(line)), lines };
}

/** A small repository in which every reference is sound. */
const SOUND = {
  "package.json": JSON.stringify({ scripts: { bench: "true" } }),
  "README.md": "[Guide](docs/guide.md#first-steps), [other](docs/) and ![picture](docs/a%20b.png)\n",
  "docs/guide.md": "# Guide\n\n## First steps\n\nSee [the readme](../README.md). `core/noun.ts` `Noun`.\n",
  "docs/a b.png": "",
  "docs/decisions/0007-first.md": "# 7. First\n",
  "src/core/noun.ts": "/** docs/guide.md, decision 7, npm run bench. */\nexport const Noun = 1;\n",
  "trainer-py/spice_trainer/tool.py": '"""Like src/core/noun.ts; see spice_trainer.tool.run."""\n',
};

test("references that exist are not reported, whatever their form", () => {
  const { dangling, lines } = checkLinks(SOUND);
  expect(dangling).toEqual([]);
  // The links of the first document, the anchor, the paths, and each other kind were seen.
  expect(lines.at(-1)).toMatch(
    /link 4, anchor 1, path 3, module 1, symbol 1, decision 1, script 1; 0 dangling/,
  );
});

const PLANTED: [kind: string, path: string, text: string, message: string][] = [
  ["a link", "docs/a.md", "[x](gone.md)", "docs/a.md:1: link to `gone.md`, which does not exist"],
  ["a picture", "docs/a.md", "\n![x](x.png)", "docs/a.md:2: link to `x.png`, which does not exist"],
  ["a heading", "docs/a.md", "[x](#gone)", "docs/a.md:1: `docs/a.md` has no heading `#gone`"],
  [
    "a heading elsewhere",
    "a.md",
    "[x](docs/guide.md#last)",
    "a.md:1: `docs/guide.md` has no heading `#last`",
  ],
  ["a path in code", "docs/a.md", "In `src/core/gone.ts`.", "docs/a.md:1: `src/core/gone.ts` does not exist"],
  ["a room", "docs/a.md", "In `core/verb/`.", "docs/a.md:1: `core/verb/` does not exist"],
  ["a path in a set", "a.md", "`core/{noun,verb}.ts`", "a.md:1: `core/verb.ts` does not exist"],
  ["a path in a fence", "a.md", "```\nbash scripts/x.sh\n```", "a.md:2: `scripts/x.sh` does not exist"],
  ["a bare file", "docs/a.md", "`verb.ts`", "docs/a.md:1: `verb.ts` does not exist"],
  ["a symbol", "a.md", "`core/noun.ts` `Verb`", "a.md:1: `core/noun.ts` has no `Verb`"],
  [
    "a symbol after a link",
    "a.md",
    "[`core/noun.ts`](src/core/noun.ts) `Verb`",
    "a.md:1: `core/noun.ts` has no `Verb`",
  ],
  ["a module", "a.md", "`spice_trainer.gone.a.b`", "a.md:1: there is no module `spice_trainer.gone.a.b`"],
  ["a decision", "docs/a.md", "decision 8", "docs/a.md:1: there is no decision 8"],
  ["a script", "docs/a.md", "npm run gone", "docs/a.md:1: package.json has no script `gone`"],
  [
    "a page in a comment",
    "src/core/a.ts",
    "// see paper.md 3.1",
    "src/core/a.ts:1: `paper.md` does not exist",
  ],
  [
    "a path in a comment after a string and a regular expression",
    "src/core/a.ts",
    'const a = "// x.md"; const b = /\\/* "/; /* tests/gone.ts */',
    "src/core/a.ts:1: `tests/gone.ts` does not exist",
  ],
  [
    "a page in a message",
    "src/cli/a.ts",
    "const hint = `Read docs/gone.md.`;",
    "src/cli/a.ts:1: `docs/gone.md` does not exist",
  ],
  [
    "a path in a Python comment",
    "trainer-py/spice_trainer/a.py",
    'x = "docs/no.md"  # docs/gone.md',
    "trainer-py/spice_trainer/a.py:1: `docs/gone.md` does not exist",
  ],
  [
    "a path in a docstring",
    "trainer-py/tests/test_a.py",
    'def f():\n    """As in spice_trainer/gone.py."""\n',
    "trainer-py/tests/test_a.py:2: `spice_trainer/gone.py` does not exist",
  ],
  [
    "a path in a shell comment",
    "scripts/a.sh",
    "#!/bin/sh\n# src/core/gone.ts\n",
    "scripts/a.sh:2: `src/core/gone.ts` does not exist",
  ],
  [
    "a page in a Proto comment",
    "proto/a.proto",
    "// docs/gone.md\n",
    "proto/a.proto:1: `docs/gone.md` does not exist",
  ],
  [
    "an issue",
    "tests/a.ts",
    "// Asked for in issue 6; not grpc issue 7.",
    "tests/a.ts:1: `issue 6` is an issue of a tracker that readers do not have",
  ],
  [
    "a private page",
    "bench/a.ts",
    "/* research page x */",
    "bench/a.ts:1: `research page` is a page that is not in the repository",
  ],
];

test.each(PLANTED)("%s that does not exist is reported with its line", (_, path, text, message) => {
  const { status, dangling } = checkLinks({ ...SOUND, [path]: text });
  expect(dangling).toEqual([message]);
  expect(status).toBe(1);
});

test("a folder in which too few references are seen fails, though nothing dangles", () => {
  const { status, lines } = checkLinks({ "README.md": "Nothing.\n" });
  expect(status).toBe(1);
  expect(lines).toContainEqual(
    expect.stringMatching(/^path: 0 references seen, at least \d+ expected: the reader is broken$/),
  );
});
