import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "spice-errors-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Faults, without the two that a folder as small as these always has, and the page. */
function generate(files: Record<string, string>) {
  const all = { "src/a.ts": "export {};", "trainer-py/spice_trainer/a.py": "", ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { status, stderr } = spawnSync(process.execPath, ["scripts/gen-errors.mjs", folder], {
    encoding: "utf8",
  });
  const lines = stderr.trimEnd().split("\n").slice(0, -1);
  return {
    status,
    faults: lines.filter((line) => !line.includes("the reader is broken")),
    broken: lines.filter((line) => line.includes("the reader is broken")),
    page: readFileSync(join(folder, "docs/errors.md"), "utf8"),
  };
}

test("an error's code, messages, hint and exit code come from where it is made and from its callers", () => {
  const { faults, page } = generate({
    "src/app/x.ts": `
      export function broken(message: string, size: number): SpiceError {
        return new SpiceError(message, {
          code: size > 1 ? "BIG_ERROR" : "SMALL_ERROR",
          boundary: "run",
          hint: "Make it smaller.",
          exit: EXIT.verification,
        });
      }`,
    "src/app/y.ts": `
      export const a = () => broken("The thing is odd.", 1);
      export const b = (path: string) => broken(\`The file \${path} is odd.\`, 2);`,
  });
  expect(faults).toEqual([]);
  const entry = `
Exit code 5. Raised in \`app/x.ts\`.

- The thing is odd.
- The file {path} is odd.

**Try:** Make it smaller.
`;
  expect(page).toContain(`### BIG_ERROR\n${entry}`);
  expect(page).toContain(`### SMALL_ERROR\n${entry}`);
});

test("a number with its noun is listed with the noun", () => {
  const { faults, page } = generate({
    "src/app/x.ts": `
      export const few = (found: number) =>
        new SpiceError(\`Only \${counted(found, "entry", "entries")} of \${counted(8, "file")}.\`, {
          code: "TOO_FEW",
          boundary: "run",
          hint: "Add more.",
          exit: 2,
        });`,
  });
  expect(faults).toEqual([]);
  expect(page).toContain("- Only {found} entries of {...} files.");
});

test("a trainer's reason is listed with its status, its message and its hint", () => {
  const { page } = generate({
    "trainer-py/spice_trainer/a.py": `
raise BackendError(BackendErrorCode.PRECONDITION, "NOT_READY", f"{self.name} is not ready", "open it first")
`,
  });
  expect(page).toContain("- `NOT_READY` (FAILED_PRECONDITION): {name} is not ready — open it first.");
});

test.each([
  [
    "without a hint",
    `throw new SpiceError("No.", { code: "NO_HINT", boundary: "cli", hint: "", exit: 2 });`,
    'src/a.ts: NO_HINT has no hint ("No.")',
  ],
  [
    "whose code cannot be read",
    `throw new SpiceError("No.", { code: made(), boundary: "cli", hint: "Stop.", exit: 2 });`,
    'src/a.ts: an error without a code that can be read ("No.")',
  ],
  [
    "that a comment promises and nothing raises",
    "/** @throws SpiceError `GONE_ERROR` (exit 2) */\nexport function f() {}",
    "src/a.ts: @throws GONE_ERROR, which is raised nowhere",
  ],
  [
    "whose code is compared and raised nowhere",
    `export const isGone = (error: SpiceError) => error.code === "GONE_ERROR";`,
    "src/a.ts: GONE_ERROR looks like an error code, and no error with it was found",
  ],
])("an error %s is a fault", (_, text, fault) => {
  const { status, faults } = generate({ "src/a.ts": text });
  expect(faults).toEqual([fault]);
  expect(status).toBe(1);
});

test("a folder in which too few codes are found fails, though no error is wrong", () => {
  const { status, broken } = generate({});
  expect(status).toBe(1);
  expect(broken).toEqual([
    expect.stringMatching(/^0 codes found/),
    expect.stringMatching(/^0 reasons found/),
  ]);
});
