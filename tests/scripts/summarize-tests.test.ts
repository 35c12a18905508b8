import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "spice-summary-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function summarize(files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return spawnSync(process.execPath, ["scripts/summarize-tests.mjs", folder], { encoding: "utf8" });
}

const CHECKS = "ok types\nok lint\nskip engine-tinker no Python 3.12 here\n";
const JEST = JSON.stringify({
  testResults: [{ status: "passed", assertionResults: [{ status: "passed", fullName: "adds" }] }],
});
const PASSED = '<testsuite><testcase classname="a" name="b" time="0.1"/></testsuite>';

test("every runner's tests are counted, and what was skipped is told with its reason", () => {
  const { status, stdout, stderr } = summarize({ checks: CHECKS, "jest.json": JEST, "pytest.xml": PASSED });
  expect([status, stdout]).toEqual([0, "4 passed, 0 failed, 1 skipped\n"]);
  expect(stderr).toBe("skipped: engine-tinker (no Python 3.12 here)\n");
});

test.each(["failure", "error"])(
  "of an engine's %s the end of its text is printed, whole and unescaped",
  (kind) => {
    const text = [...Array(80).keys()].map((line) => `line ${line}`).join("\n");
    const xml = `<testsuite><testcase classname="e" name="t" time="9"><${kind} message="m">${text}
E   assert [&lt;worker&gt;] == [] &amp;amp; &quot;x&quot;</${kind}></testcase></testsuite>`;
    const ran = summarize({
      checks: CHECKS,
      "jest.json": JEST,
      "pytest.xml": PASSED,
      "engine-verl.xml": xml,
    });
    expect([ran.status, ran.stdout]).toEqual([1, "4 passed, 1 failed, 1 skipped\n"]);
    expect(ran.stderr).toContain(`FAILED: e::t: see ${folder}/engine-verl.log\n`);
    expect(ran.stderr).toContain('line 79\nE   assert [<worker>] == [] &amp; "x"\n');
    expect(ran.stderr).not.toContain("line 10\n");
  },
);

test("a failure without a text is one, too", () => {
  const xml = '<testsuite><testcase classname="e" name="t"><failure message="m"/></testcase></testsuite>';
  const ran = summarize({ checks: CHECKS, "jest.json": JEST, "pytest.xml": PASSED, "engine-verl.xml": xml });
  expect([ran.status, ran.stdout]).toEqual([1, "4 passed, 1 failed, 1 skipped\n"]);
  expect(ran.stderr).toContain("FAILED: e::t: ");
});

test("a runner that left no result is a failure", () => {
  const { status, stdout } = summarize({ checks: "ok types\n" });
  expect([status, stdout]).toEqual([1, "1 passed, 2 failed\n"]);
});
