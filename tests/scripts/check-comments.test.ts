import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

const FOLDERS = ["src", "tests", "bench", "scripts", "examples", "proto", "trainer-py"];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "spice-comments-"));
  for (const one of FOLDERS) mkdirSync(join(folder, one));
});
afterEach(() => rmSync(folder, { recursive: true }));

function checkComments(path: string, text: string) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
  const { status, stderr } = spawnSync(process.execPath, ["scripts/check-comments.mjs", folder], {
    encoding: "utf8",
  });
  return { status, lines: stderr.trimEnd().split("\n") };
}

const WORDS = "word ".repeat(20).trimEnd();

test.each([
  ["a TypeScript comment", "src/a.ts", `const a = 1;\n/**\n * ${WORDS}\n */`, "src/a.ts:3: 102 columns"],
  ["a comment after code", "src/a.ts", `const a = 1; // ${WORDS}`, "src/a.ts:1: 115 columns"],
  ["a docstring", "trainer-py/a.py", `"""${WORDS}"""`, "trainer-py/a.py:1: 105 columns"],
  ["a word of a linter inside a sentence", "src/a.ts", `// Not noqa ${WORDS}`, "src/a.ts:1: 111 columns"],
  ["a Python comment", "trainer-py/a.py", `a = "#"  # ${WORDS}`, "trainer-py/a.py:1: 110 columns"],
  ["a Proto comment", "proto/a.proto", `// ${WORDS}`, "proto/a.proto:1: 102 columns"],
  ["a YAML comment", "examples/a.yaml", `# ${WORDS} x`, "examples/a.yaml:1: 103 columns"],
])("%s of more than 100 columns is reported", (_, path, text, line) => {
  const { status, lines } = checkComments(path, text);
  expect(status).toBe(1);
  expect(lines).toContain(line);
});

test.each([
  ["a long string", "src/a.ts", `const a = "// ${WORDS} ${WORDS}";`],
  ["a long template", "src/a.ts", `const a = \`\${"/*"} // ${WORDS}\`;`],
  ["a comment of 100 columns", "src/a.ts", `// ${"x".repeat(97)}`],
  ["a long Python string", "trainer-py/a.py", `a = """# ${WORDS}"""`],
  ["a long line with `noqa`", "trainer-py/a.py", `${"a".repeat(100)}()  # noqa: SIM118`],
  ["a long `pyright` setting", "trainer-py/a.py", `# pyright: ${"reportX=false, ".repeat(10)}`],
  ["a long `biome-ignore`", "src/a.ts", `// biome-ignore lint/suspicious/noConsole: ${WORDS}`],
  ["an address that cannot be broken", "src/a.ts", `// https://example.org/${"a".repeat(100)}`],
])("%s is not reported", (_, path, text) => {
  const { lines } = checkComments(path, text);
  expect(lines.filter((line) => line.includes("columns") && !line.startsWith("comments:"))).toEqual([]);
});

test("a folder in which too few comments are read fails, though none is too long", () => {
  const { status, lines } = checkComments("src/a.ts", "// Short.");
  expect(status).toBe(1);
  expect(lines).toContain("1 comment lines read, at least 5000 expected: the reader is broken");
});
