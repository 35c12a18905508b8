import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { CATALOGUE } from "../../src/adapters/install/catalog.js";

const files = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name));

/** Words of code and comments that name a trainer: `fake` and `torch` as words of their own, all others anywhere. */
const NAMES = [
  ...CATALOGUE.flatMap((one) => one.backends).filter((one) => one !== "fake"),
  ...["vllm", "skyrl", "tinker", "verl", "ray"],
];

test.each(["src/core", "src/app"])("nothing in %s mentions a trainer by name", (folder) => {
  const pattern = new RegExp(
    `\\b(${[...new Set(NAMES)].map((one) => one.replace("+", "\\+")).join("|")})\\b`,
    "i",
  );
  const hits = files(folder).flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(hits).toEqual([]);
});
