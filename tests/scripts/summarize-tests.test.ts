import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "spice-summary-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A file of results with these tests: each a folder, a status, and a title. */
const jest = (...tests: readonly (readonly [folder: string, status: string, title?: string])[]) =>
  JSON.stringify({
    testResults: tests.map(([of, status, fullName = "adds"]) => ({
      name: `/home/me/spice/tests/${of}/one.test.ts`,
      status,
      assertionResults: [{ status, fullName, failureMessages: status === "failed" ? ["expected 1"] : [] }],
    })),
  });
const pytest = (...cases: readonly string[]) => `<testsuite>${cases.join("")}</testsuite>`;
const PASSED = '<testcase classname="tests.service.test_a" name="b" time="0.1"/>';

const CHECKS = "ok types\nok lint\nskip engine-tinker no Python 3.12 here\n";
const LEAST = JSON.stringify({ jest: { core: 1 }, pytest: { service: 1 } });
const FINE = {
  checks: CHECKS,
  least: LEAST,
  "jest.json": jest(["core", "passed"]),
  "pytest.xml": pytest(PASSED),
};

function summarize(files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const args = ["scripts/summarize-tests.mjs", folder, join(folder, "least")];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return { status, stdout, stderr };
}

test("every runner's tests are counted, and what was skipped is told with its reason", () => {
  expect(summarize(FINE)).toEqual({
    status: 0,
    stdout: "4 passed, 0 failed, 1 skipped\n",
    stderr: "skipped: engine-tinker (no Python 3.12 here)\n",
  });
});

test("reasons of skipped tests are those of their titles, and of pytest's messages", () => {
  const ran = summarize({
    ...FINE,
    checks: "ok types\n",
    "jest.json": jest(["core", "passed"], ["core", "pending", "a report [skipped: no Chromium] is drawn"]),
    "pytest.xml": pytest(
      PASSED,
      '<testcase classname="tests.service.test_a" name="c"><skipped message="no &quot;CUDA&quot;"/></testcase>',
    ),
  });
  expect([ran.status, ran.stdout]).toEqual([0, "3 passed, 0 failed, 2 skipped\n"]);
  expect(ran.stderr).toBe(
    'skipped: a report is drawn (no Chromium)\nskipped: tests.service.test_a::c (no "CUDA")\n',
  );
});

test.each(["failure", "error"])(
  "of an engine's %s the end of its text is printed, whole and unescaped",
  (kind) => {
    const text = [...Array(80).keys()].map((line) => `line ${line}`).join("\n");
    const xml = `<testsuite><testcase classname="e" name="t" time="9"><${kind} message="m">${text}
E   assert [&lt;worker&gt;] == [] &amp;amp; &quot;x&quot;</${kind}></testcase></testsuite>`;
    const ran = summarize({ ...FINE, "engine-verl.xml": xml });
    expect([ran.status, ran.stdout]).toEqual([1, "4 passed, 1 failed, 1 skipped\n"]);
    expect(ran.stderr).toContain(`FAILED: e::t: see ${folder}/engine-verl.log\n`);
    expect(ran.stderr).toContain('line 79\nE   assert [<worker>] == [] &amp; "x"\n');
    expect(ran.stderr).not.toContain("line 10\n");
  },
);

test("a failure without a text is one, too", () => {
  const xml = '<testsuite><testcase classname="e" name="t"><failure message="m"/></testcase></testsuite>';
  const ran = summarize({ ...FINE, "engine-verl.xml": xml });
  expect([ran.status, ran.stdout]).toEqual([1, "4 passed, 1 failed, 1 skipped\n"]);
  expect(ran.stderr).toContain("FAILED: e::t: ");
});

describe("nothing is green for want of tests", () => {
  test("a runner that left no result is a failure", () => {
    const { status, stdout } = summarize({ checks: "ok types\n", least: LEAST });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^1 passed, [1-9]\d* failed\n$/);
  });

  test.each<[string, Record<string, string>, string]>([
    ["no checks", { checks: "" }, "FAILED: check"],
    ["no test of jest", { "jest.json": jest() }, "jest has 0 tests in core, and at least 1 are expected"],
    ["no test of pytest", { "pytest.xml": pytest() }, "pytest has 0 tests in service, and at least 1 are"],
    [
      "too few tests of a folder",
      { least: JSON.stringify({ jest: { core: 2 }, pytest: { service: 1 } }) },
      "jest has 1 tests in core, and at least 2 are expected",
    ],
    [
      "a folder that is missing among others",
      { least: JSON.stringify({ jest: { core: 1, web: 3 }, pytest: { service: 1 } }) },
      "jest has 0 tests in web",
    ],
    [
      "a new folder without a least number",
      { "jest.json": jest(["core", "passed"], ["new", "passed"]) },
      "does not name new of jest",
    ],
    [
      "a file that could not be loaded",
      {
        "jest.json": JSON.stringify({
          testResults: [{ name: "/x/tests/core/a.test.ts", assertionResults: [], message: "no such module" }],
        }),
      },
      "a.test.ts has no tests\nno such module",
    ],
    ["an engine without a test", { "engine-verl.xml": pytest() }, "engine-verl.xml has no tests"],
    [
      "a skip without a reason",
      { "jest.json": jest(["core", "pending"]) },
      "adds is skipped without a reason",
    ],
    [
      "a skip of pytest without a reason",
      { "pytest.xml": pytest('<testcase classname="tests.service.a" name="c"><skipped/></testcase>') },
      "tests.service.a::c is skipped without a reason",
    ],
    ["a check that is skipped without a reason", { checks: "skip buf\n" }, "buf is skipped without a reason"],
    [
      "a runner that ended badly without a word",
      { "pytest.rc": "3\n" },
      "pytest ended with 3, and no test says why",
    ],
  ])("%s", (_, changes, told) => {
    const ran = summarize({ ...FINE, ...changes });
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain(told);
    expect(ran.stdout).toMatch(/, [1-9]\d* failed/);
  });
});
