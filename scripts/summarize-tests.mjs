/**
 * Adds up the results of scripts/test.sh. Prints every failure, every skip with its reason, and in
 * the last line the totals: `N passed, N failed[, N skipped]`.
 *
 * Usage: node scripts/summarize-tests.mjs [RESULTS] [LEAST]
 *
 * RESULTS, default `test-results`, contains
 * - `checks`: one `ok NAME` or `fail NAME` a line; `skip NAME why` for a check that cannot
 *   run here,
 * - `jest.json` and `pytest.xml`, and the exit codes of both in `jest.rc` and `pytest.rc`,
 * - an `engine-NAME.xml` for each engine that was tested.
 *
 * LEAST, default `scripts/least-tests.json`, contains the least number of tests of each folder: of
 * `jest` by folder of tests/, of `pytest` by folder of trainer-py/tests/. A folder with fewer tests
 * is a failure, and so are a missing result, an engine without tests, and a skip without a reason.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const [results = "test-results", leastFile = "scripts/least-tests.json"] = process.argv.slice(2);
const least = JSON.parse(readFileSync(leastFile, "utf8"));
const read = (name) => (existsSync(join(results, name)) ? readFileSync(join(results, name), "utf8") : null);

const failed = [];
const skipped = [];
let passed = 0;

/** Records a skipped test. A skip without a reason hides a test. */
function skip(name, reason) {
  if (reason) skipped.push(`${name} (${reason})`);
  else failed.push(`${name} is skipped without a reason`);
}

/**
 * Each folder must have its least number of tests, because a missing folder would otherwise pass.
 */
function requireFolders(runner, counts) {
  for (const [folder, number] of Object.entries(least[runner])) {
    const found = counts.get(folder) ?? 0;
    if (found < number)
      failed.push(`${runner} has ${found} tests in ${folder}, and at least ${number} are expected`);
  }
  for (const folder of counts.keys())
    if (least[runner][folder] === undefined) failed.push(`${leastFile} does not name ${folder} of ${runner}`);
}

function countChecks() {
  for (const line of (read("checks") ?? "fail checks").trim().split("\n")) {
    const [status, name, ...why] = line.split(" ");
    if (status === "ok") passed += 1;
    else if (status === "skip") skip(name, why.join(" "));
    else failed.push(`check ${name}: see ${results}/${name}.log`);
  }
}

function countJest() {
  const text = read("jest.json");
  if (text === null) {
    failed.push(`jest left no result: see ${results}/jest.log`);
    return;
  }
  const counts = new Map();
  for (const file of JSON.parse(text).testResults) {
    if (file.assertionResults.length === 0) failed.push(`${file.name} has no tests\n${file.message}`);
    const folder = /\/tests\/([^/]+)\//.exec(file.name)?.[1] ?? file.name;
    counts.set(folder, (counts.get(folder) ?? 0) + file.assertionResults.length);
    for (const test of file.assertionResults) {
      if (test.status === "passed") passed += 1;
      else if (test.status === "failed") failed.push(`${test.fullName}\n${test.failureMessages.join("\n")}`);
      // `describeUnless` and `testUnless` of tests/support/skip.ts write the reason into the title.
      else
        skip(test.fullName.replace(/ \[skipped: .*?\]/, ""), /\[skipped: (.*?)\]/.exec(test.fullName)?.[1]);
    }
  }
  requireFolders("jest", counts);
}

const unescaped = (text) => {
  const entities = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => entities[name]);
};

/** Returns the last lines of a failure in a JUnit report, as text. */
const endOf = (escaped) => unescaped(escaped).trim().split("\n").slice(-60).join("\n");

/** Counts the tests of one JUnit report. Returns them by folder. */
function countPytest(report, log) {
  const counts = new Map();
  const xml = read(report);
  if (xml === null) failed.push(`pytest left no result: see ${results}/${log}`);
  for (const [, attributes, body = ""] of (xml ?? "").matchAll(
    /<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    const module = /classname="([^"]*)"/.exec(attributes)?.[1] ?? "";
    const folder = module.split(".")[1] ?? module;
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
    const name = `${module}::${/ name="([^"]*)"/.exec(attributes)?.[1]}`;
    const failure = /<(failure|error)\b[^>]*?(?:\/>|>([\s\S]*?)<\/\1>)/.exec(body);
    // The end of the log is included, because machine and files may not exist any more when a
    // person searches the cause.
    if (failure !== null) failed.push(`${name}: see ${results}/${log}\n${endOf(failure[2] ?? "")}`);
    else if (/<skipped\b/.test(body)) skip(name, unescaped(/message="([^"]*)"/.exec(body)?.[1] ?? ""));
    else passed += 1;
  }
  return counts;
}

/** Records a runner with a bad exit code although none of its tests failed. */
function requireExit(runner, count) {
  const before = failed.length;
  count();
  const code = read(`${runner}.rc`)?.trim() ?? "0";
  if (code !== "0" && failed.length === before)
    failed.push(`${runner} ended with ${code}, and no test says why: see ${results}/${runner}.log`);
}

countChecks();
requireExit("jest", countJest);
requireExit("pytest", () => requireFolders("pytest", countPytest("pytest.xml", "pytest.log")));
for (const report of readdirSync(results).filter((name) => /^engine-\w+\.xml$/.test(name))) {
  const counts = countPytest(report, report.replace(".xml", ".log"));
  if (counts.size === 0)
    failed.push(`${report} has no tests: see ${results}/${report.replace(".xml", ".log")}`);
}

for (const one of skipped) console.error(`skipped: ${one}`);
for (const one of failed) console.error(`\nFAILED: ${one}`);
const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
console.log(`${passed} passed, ${failed.length} failed${tail}`);
process.exitCode = failed.length === 0 && passed > 0 ? 0 : 1;
