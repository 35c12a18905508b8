import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { CATALOG } from "../../src/adapters/install/catalog.js";

/** Words that name a trainer. `fake` also is a plain word, so the search leaves it out. */
const NAMES = new Set([
  ...CATALOG.flatMap((one) => one.backends).filter((one) => one !== "fake"),
  ...["vllm", "skyrl", "tinker", "verl", "ray"],
]);
const PATTERN = new RegExp(`\\b(${[...NAMES].map((one) => one.replace("+", "\\+")).join("|")})\\b`, "i");

const files = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((one) => one.isFile() && one.name.endsWith(".ts"))
    .map((one) => join(one.parentPath, one.name));

const mentions = (paths: readonly string[]): string[] =>
  paths.flatMap((path) =>
    readFileSync(path, "utf8")
      .split("\n")
      .flatMap((line, index) => (PATTERN.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );

// The least number of files keeps an empty or renamed folder from passing.
test.each([
  ["src/core", 120],
  ["src/app", 30],
])("nothing in %s mentions a trainer by name", (folder, least) => {
  const paths = files(folder);
  expect(paths.length).toBeGreaterThan(least);
  expect(mentions(paths)).toEqual([]);
});

test("the same search finds every trainer where the trainers are installed", () => {
  const found = mentions(files("src/adapters/install")).join("\n").toLowerCase();
  for (const { backends } of CATALOG)
    for (const name of backends) if (name !== "fake") expect(found).toContain(name);
});
