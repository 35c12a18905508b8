/**
 * Writes the generated parts of docs/configuration.md (the tables of settings), of
 * docs/admission.md (the list of checks) and of docs/own-code.md (the files of examples/own-code)
 * from the sources.
 *
 * Usage: node scripts/gen-reference.mjs [folder]
 *
 * A part stands between two comments: `<!-- generated: NAME -->` and `<!-- end of NAME -->`. Exit
 * code 1 when a page has no such comments, or when a part has fewer lines than `LEAST`: a generator
 * that reads nothing must not pass.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { createJiti } from "jiti";

const LEAST = { settings: 150, checks: 80, examples: 140 };

const folder = process.argv[2] ?? ".";
const jiti = createJiti(import.meta.url);
const source = (path) => jiti.import(join(dirname(fileURLToPath(import.meta.url)), "..", path));
const { settingsReference } = await source("src/config/reference.ts");
const { checksReference } = await source("src/config/checks-reference.ts");

const failures = [
  ...write("docs/configuration.md", "settings", settingsReference()),
  ...write("docs/admission.md", "checks", checksReference()),
  ...write("docs/own-code.md", "examples", ownCodeExamples()),
];
for (const failure of failures) console.error(failure);
process.exit(failures.length === 0 ? 0 : 1);

/** The modules of examples/own-code and their tests, each with its name as a heading. */
function ownCodeExamples() {
  const names = ["reward", "check", "reader", "source", "sink", "own-code.test"];
  return names
    .map((name) => {
      const text = readFileSync(new URL(`../examples/own-code/${name}.ts`, import.meta.url), "utf8");
      return `### ${name}.ts\n\n\`\`\`ts\n${text.trim()}\n\`\`\``;
    })
    .join("\n\n");
}

/** Replaces one part of a page. Returns the faults. */
function write(page, name, text) {
  const path = join(folder, page);
  const [first, last] = [`<!-- generated: ${name} -->`, `<!-- end of ${name} -->`];
  const before = readFileSync(path, "utf8");
  const [start, end] = [before.indexOf(first), before.indexOf(last)];
  if (start < 0 || end < start) return [`${page} has no part \`${name}\` between its two comments`];
  const lines = text.trim().split("\n").length;
  if (lines < LEAST[name])
    return [`${name}: ${lines} lines, at least ${LEAST[name]} expected: the sources were not read`];
  writeFileSync(path, `${before.slice(0, start)}${first}\n\n${text.trim()}\n\n${before.slice(end)}`);
  return [];
}
