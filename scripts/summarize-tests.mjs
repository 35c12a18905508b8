/**
 * Add up what scripts/test.sh ran: `checks` (one `ok NAME` or `fail NAME` a line; `skip NAME why`
 * for what could not run here), `jest.json`, `pytest.xml`, and an `engine-NAME.xml` for each
 * engine. Prints every failure, how it ended, and, last, the totals. A runner that left no result
 * is a failure, and so is a run that passed nothing.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const folder = process.argv[2] ?? "test-results";
const read = (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : null);

const failed = [];
const skipped = [];
let passed = 0;

for (const line of (read("checks") ?? "fail checks").trim().split("\n")) {
  const [status, name, ...why] = line.split(" ");
  if (status === "ok") passed += 1;
  else if (status === "skip") skipped.push(`${name} (${why.join(" ")})`);
  else failed.push(`check ${name}: see ${folder}/${name}.log`);
}

const jest = JSON.parse(read("jest.json") ?? "null");
if (jest === null) failed.push(`jest left no result: see ${folder}/jest.log`);
for (const file of jest?.testResults ?? []) {
  if (file.assertionResults.length === 0 && file.status === "failed")
    failed.push(`${file.name}: ${file.message}`);
  for (const test of file.assertionResults) {
    if (test.status === "passed") passed += 1;
    else if (test.status === "failed") failed.push(`${test.fullName}\n${test.failureMessages.join("\n")}`);
    else skipped.push(test.fullName);
  }
}

/** The last lines of a failure in a JUnit report, as text. */
function endOf(escaped) {
  const entities = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  const text = escaped.replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => entities[name]);
  return text.trim().split("\n").slice(-60).join("\n");
}

function countPytest(report, log) {
  const xml = read(report);
  if (xml === null) failed.push(`pytest left no result: see ${folder}/${log}`);
  for (const [, attributes, body = ""] of (xml ?? "").matchAll(
    /<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    const name = `${/classname="([^"]*)"/.exec(attributes)?.[1]}::${/ name="([^"]*)"/.exec(attributes)?.[1]}`;
    const failure = /<(failure|error)\b[^>]*?(?:\/>|>([\s\S]*?)<\/\1>)/.exec(body);
    // With its end, as the machine and its files may be gone by the time that somebody asks why.
    if (failure !== null) failed.push(`${name}: see ${folder}/${log}\n${endOf(failure[2] ?? "")}`);
    else if (/<skipped\b/.test(body))
      skipped.push(`${name} (${/message="([^"]*)"/.exec(body)?.[1] ?? "no reason"})`);
    else passed += 1;
  }
}

countPytest("pytest.xml", "pytest.log");
for (const report of readdirSync(folder).filter((name) => /^engine-\w+\.xml$/.test(name)))
  countPytest(report, report.replace(".xml", ".log"));

for (const one of skipped) console.error(`skipped: ${one}`);
for (const one of failed) console.error(`\nFAILED: ${one}`);
const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
console.log(`${passed} passed, ${failed.length} failed${tail}`);
process.exitCode = failed.length === 0 && passed > 0 ? 0 : 1;
