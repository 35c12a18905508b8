import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

const run = promisify(execFile);
const compiler = join("node_modules", ".bin", "tsc");

/** A document that shows a whole file with a check, and what the check must do. */
const EXAMPLES = [
  { page: "docs/admission.md", allows: 80 },
  { page: "docs/tutorial.md", allows: 80 },
] as const;

/** Path and text of the file that a page shows: the path is named before the block. */
async function exampleOf(page: string): Promise<{ readonly path: string; readonly text: string }> {
  const lines = (await readFile(page, "utf8")).split("\n");
  const use = lines.findIndex((line) => line.includes("defineCheck({"));
  const open = lines.findLastIndex((line, index) => index < use && line.trim() === "```ts");
  const close = lines.findIndex((line, index) => index > use && line.trim() === "```");
  const path = lines
    .slice(0, open)
    .join("\n")
    .match(/`(src\/core\/admission\/[a-z-]+\/[a-z-]+\.ts)`[^`]*$/)?.[1];
  if (use < 0 || open < 0 || close < 0 || path === undefined) throw new Error(`${page} shows no check`);
  return { path, text: `${lines.slice(open + 1, close).join("\n")}\n` };
}

describe("the checks that documents show", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "spice-example-"));
    await cp("src/core", join(folder, "src/core"), { recursive: true });
    await symlink(join(process.cwd(), "node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(EXAMPLES)(
    "$page: the check compiles as it stands there, and refuses what it says",
    async (example) => {
      const { path, text } = await exampleOf(example.page);
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
      const { compilerOptions } = JSON.parse(await readFile("tsconfig.json", "utf8"));
      const settings = { ...compilerOptions, noEmit: false, outDir: "out", rootDir: "src" };
      await writeFile(
        join(folder, "tsconfig.json"),
        JSON.stringify({ compilerOptions: settings, files: [path] }),
      );
      await run(compiler, ["-p", folder]);

      const program = `
      const check = (await import(process.argv[1]))[process.argv[2]];
      const lengths = JSON.parse(process.argv[3]);
      const results = lengths.map((length) => check.run({ candidate: { question: "x".repeat(length) } }));
      console.log(JSON.stringify({ setting: check.setting, codes: Object.keys(check.codes), results }));`;
      const emitted = join(folder, "out", dirname(path.slice("src/".length)), `${basename(path, ".ts")}.js`);
      const lengths = JSON.stringify([example.allows, example.allows + 1]);
      const { stdout } = await run(process.execPath, [
        ...["--input-type=module", "-e", program],
        ...["--", emitted, "longQuestion", lengths],
      ]);
      const { setting, codes, results } = JSON.parse(stdout);
      expect([setting, codes]).toEqual(["longQuestion", ["question_long"]]);
      expect(results).toMatchObject([{ ok: true }, { ok: false, code: "question_long" }]);
    },
  );
});
