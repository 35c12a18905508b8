/**
 * Checks that no line with a comment has more than 100 columns. Short lines are easier to read.
 *
 * Usage: node scripts/check-comments.mjs [--count] [folder]
 * Prints each line that is too long; with `--count` only the number for each folder. Exit code 1
 * when a line is too long, or when fewer than `LEAST` comment lines were read. Instructions to a
 * linter or a type checker may be longer, because they must stand on the line of their code.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { commentLines, hasKnownComments } from "./comments.mjs";

const COLUMNS = 100;
/** A smaller number of comment lines means that the reader is broken. */
const LEAST = 5000;
const FOLDERS = ["src", "tests", "bench", "scripts", "examples", "proto", "trainer-py"];
/** Comments that a linter or a type checker reads. They cannot be wrapped. */
const DIRECTIVE = /^(#|\/\/|\/\*)\s*(noqa|ruff:|type: ignore|pyright:|biome-ignore|@ts-)/;
/** Generated or copied files, and files of other tools. */
const NOT_READ =
  /(^|\/)(node_modules|__pycache__|gen|fixtures|data|locks|build|dist|\..*)$|^proto\/(google|grpc)$/;

function filesBelow(base, folder) {
  if (NOT_READ.test(folder)) return [];
  return readdirSync(join(base, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(base, path);
    return hasKnownComments(path) ? [path] : [];
  });
}

const countOnly = process.argv.includes("--count");
const root = process.argv.slice(2).find((argument) => argument !== "--count") ?? ".";
const long = [];
let read = 0;
for (const path of FOLDERS.flatMap((folder) => filesBelow(root, folder))) {
  const text = readFileSync(join(root, path), "utf8");
  const lines = text.split("\n");
  const comments = commentLines(path, text).filter((comment) => !DIRECTIVE.test(comment.text));
  const numbers = new Set(comments.map(({ line }) => line));
  read += numbers.size;
  for (const number of numbers) {
    const length = [...lines[number - 1]].length;
    // An address cannot be broken.
    if (length > COLUMNS && !/https?:\/\/\S{60,}/.test(lines[number - 1]))
      long.push({ path, number, length });
  }
}
if (countOnly) {
  const counts = new Map();
  for (const { path } of long) {
    const folder = path.split("/").slice(0, 2).join("/");
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  for (const [folder, count] of counts) console.error(`${folder}: ${count}`);
} else for (const { path, number, length } of long) console.error(`${path}:${number}: ${length} columns`);
if (read < LEAST)
  console.error(`${read} comment lines read, at least ${LEAST} expected: the reader is broken`);
console.error(`comments: ${read} lines, ${long.length} of more than ${COLUMNS} columns`);
process.exitCode = long.length === 0 && read >= LEAST ? 0 : 1;
