import { mkdir, symlink } from "node:fs/promises";
import { delimiter, dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { type Finished, startProgram } from "./process.js";
import { PASSES, savePage, UNNAMED } from "./shared/own-code-page.js";
import { documents, type Workplace, workplace } from "./spice.js";

jest.setTimeout(120_000);

describe("docs/own-code.md, in a folder that spice init wrote", () => {
  let place: Workplace;
  let mine: string;
  let page: Awaited<ReturnType<typeof savePage>>;
  /** The folder has links as `npm link` makes them, and no package. */
  const typed = (...lines: readonly string[]): Promise<Finished> =>
    startProgram("bash", ["-e", "-c", lines.join("\n")], mine, {
      PATH: `${join(place.folder, "prefix", "bin")}${delimiter}${process.env["PATH"]}`,
      npm_config_offline: "true",
    }).done;

  beforeAll(async () => {
    place = await workplace();
    mine = join(place.folder, "mine");
    const modules = join(place.folder, "prefix", "lib", "node_modules");
    await mkdir(modules, { recursive: true });
    await mkdir(join(place.folder, "prefix", "bin"));
    await symlink(process.cwd(), join(modules, "spice-orchestrator"));
    await symlink(
      join(modules, "spice-orchestrator", "dist", "cli", "main.js"),
      join(place.folder, "prefix", "bin", "spice"),
    );
    expect((await place.run("init", "mine")).code).toBe(0);
    page = await savePage(mine);
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  test("shows a file of each kind, a configuration, and the commands to test and to compile them", () => {
    expect(page.files.map(([path]) => path)).toEqual([
      "spice.config.ts",
      "reward.ts",
      "check.ts",
      "reader.ts",
      "source.ts",
      "sink.ts",
      "own-code.test.ts",
      UNNAMED,
    ]);
    expect(page.commands.map((line) => line.split(/ +#/)[0])).toEqual([
      "spice own-code test own-code.test.ts",
      "spice own-code test reward.ts",
      "spice own-code test own-code.test.ts",
      "npm install --save-dev typescript @types/node",
      "npx tsc",
    ]);
  });

  test("the commands run as they are typed, with no package installed for the tests", async () => {
    const tests = page.commands.filter((line) => line.startsWith("spice "));
    const done = await typed(...tests, `spice own-code test ${UNNAMED}`);
    expect([done.code, done.stderr.replaceAll(/^Passed: .*\n/gm, "")]).toEqual([0, ""]);
    expect(done.stdout.match(/^ℹ pass \d+$/gm)).toEqual(PASSES);
    expect(done.stdout).toMatch(/^check +plain-question +1 +check\.ts +[0-9a-f]{64}$/m);
  });

  test("the configuration is valid", async () => {
    const done = await typed("spice config --json");
    expect([done.code, done.stderr]).toEqual([0, expect.not.stringContaining("error")]);
  });

  test("the compiler accepts all files, and reads the folders below", async () => {
    const packages = join(mine, "node_modules");
    await mkdir(join(packages, ".bin"), { recursive: true });
    for (const name of ["typescript", "@types/node", "undici-types"]) {
      await mkdir(dirname(join(packages, name)), { recursive: true });
      await symlink(resolve("node_modules", name), join(packages, name));
    }
    await symlink("../typescript/bin/tsc", join(packages, ".bin", "tsc"));
    expect(await typed("npx tsc")).toMatchObject({ code: 0, stdout: "" });
    await mkdir(join(mine, "checks"));
    await place.write(
      "mine/checks/no-links.ts",
      `import { defineCheck } from "spice-orchestrator/own-code";
export default defineCheck({ name: "no-links", version: "1", check: ({ candidate }) => candidate.qestion });
`,
    );
    expect((await typed("npx tsc")).stdout).toMatch(/^checks\/no-links\.ts.*qestion/m);
  });

  test("the code of a check is own_ and its name, with _ for each -", async () => {
    await place.write(
      "mine/no-links.ts",
      `import { defineCheck } from "spice-orchestrator/own-code";
export default defineCheck({ name: "no-links", version: "1",
  check: ({ candidate }) => (candidate.question.includes("://") ? "The question has a link." : null) });
`,
    );
    const example = (code: string) => `import { testCheck } from "spice-orchestrator/own-code";
import check from "./no-links.ts";
testCheck(check, { refuses: [{ question: "What is at http://a.example?", answer: "a", code: "${code}" }] });
`;
    await place.write("mine/right.ts", example("own_no_links"));
    await place.write("mine/wrong.ts", example("no-links"));
    expect((await typed("spice own-code test right.ts --json")).code).toBe(0);
    const wrong = await typed("spice own-code test wrong.ts");
    expect([wrong.code, wrong.stderr]).toEqual([
      5,
      expect.stringMatching(/OWN_CODE_TEST .*1 of 1 failed:\n.*code own_no_links, expected no-links/),
    ]);
  });
});

describe("spice own-code test", () => {
  let place: Workplace;
  beforeAll(async () => {
    place = await workplace();
    await place.write(
      "half.ts",
      `import { defineReward } from "spice-orchestrator/own-code";
export default defineReward({ name: "half", version: "2", reward: () => 0.5 });
`,
    );
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });
  const ran = async (text: string) => {
    await place.write("a.test.ts", text);
    const { code, stdout, stderr } = await place.run("own-code", "test", "a.test.ts");
    return { code, text: `${stdout}${stderr}` };
  };

  test("with --json has one document on stdout, and what the file prints on stderr", async () => {
    await place.write(
      "a.test.ts",
      'import "./half.ts"; import { test } from "node:test"; console.log("printed"); test("is fine", () => {});',
    );
    const done = await place.run("own-code", "test", "a.test.ts", "half.ts", "--json");
    expect(documents(done)).toEqual([
      {
        schema: "spice.own-code-test/1",
        files: ["a.test.ts", "half.ts"],
        modules: [
          {
            kind: "reward",
            name: "half",
            version: "2",
            path: "half.ts",
            sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
          },
        ],
      },
    ]);
    expect(done.stderr).toContain("printed");
  });

  test.each([
    [
      "a test of node:test that fails",
      'import "./half.ts"; import { test } from "node:test"; test("t", () => { throw new Error("ouch"); });',
      5,
      "ouch",
    ],
    ["a file that throws", 'import "./half.ts";\nthrow new Error("ouch");', 5, "a.test.ts:2:"],
    ["a promise that is refused", 'import "./half.ts"; Promise.reject(new Error("ouch"));', 5, "ouch"],
    ["a file that cannot be compiled", "const a: = 3;", 5, "a.test.ts:1:"],
    [
      "a file that ends the process while it is loaded",
      'import "./half.ts"; process.exit(0);',
      5,
      "before it was loaded",
    ],
    ["a file without a module", 'export default { name: "half", reward: () => 1 };', 2, "OWN_CODE_SHAPE"],
    [
      "a module with a wrong part",
      'import { defineReward } from "spice-orchestrator/own-code"; export default defineReward({ name: "Half", version: "1", reward: () => 1 });',
      5,
      "a.test.ts: `name` must begin",
    ],
  ])("%s does not pass", async (_, text, code, says) => {
    expect(await ran(text)).toEqual({ code, text: expect.stringContaining(says) });
  });

  test("a file that does not exist is OWN_CODE_MISSING", async () => {
    const { code, stderr } = await place.run("own-code", "test", "none.ts");
    expect([code, stderr]).toEqual([2, expect.stringContaining("OWN_CODE_MISSING")]);
  });
});
