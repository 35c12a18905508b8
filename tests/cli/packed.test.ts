import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { type Finished, startProgram } from "./process.js";
import { PASSES, savePage } from "./shared/own-code-page.js";
import { documents, withMarkdown } from "./spice.js";

// npm and pip fetch packages. On a loaded machine with a slow line this takes minutes.
jest.setTimeout(600_000);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "spice-packed-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/**
 * Run a program with nothing of this checkout in its environment: no modules, no Python, an empty
 * SPICE_HOME.
 */
const run = (command: string, words: readonly string[], cwd: string): Promise<Finished> =>
  startProgram(command, words, cwd, {
    NODE_PATH: undefined,
    SPICE_TRAINER_PYTHON: undefined,
    SPICE_HOME: join(folder, "home"),
    PATH: `${join(folder, "prefix", "bin")}${delimiter}${process.env["PATH"]}`,
  }).done;

/** What a program printed, when it exited with 0. */
async function succeeds(command: string, words: readonly string[], cwd: string): Promise<Finished> {
  const done = await run(command, words, cwd);
  expect([[command, ...words], done.code, done.code === 0 ? "" : done.stderr]).toEqual([
    [command, ...words],
    0,
    "",
  ]);
  return done;
}

describe("the package that npm pack makes", () => {
  let tarball: string;

  test("holds the program, the Python packages, their locks and the documents, and nothing else", async () => {
    // dist is built already. Building it again would change files that other tests run.
    const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
    const { stdout } = await succeeds("npm", pack, process.cwd());
    const [packed] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
    tarball = join(folder, packed?.filename ?? "");
    expect(existsSync(tarball)).toBe(true);
    const paths = packed?.files.map((one) => one.path) ?? [];
    expect(paths).toEqual(
      expect.arrayContaining([
        "package.json",
        "dist/cli/main.js",
        "dist/index.d.ts",
        "dist/runs.d.ts",
        "dist/ports.d.ts",
        "dist/own-code.d.ts",
        "dist/adapters/own-code/worker.js",
        "docs/cli.md",
        "trainer-py/locks/torch.txt",
        "trainer-py/spice_trainer/__init__.py",
        "trainer-py/spice_conformance/__init__.py",
        "trainer-py/spice_grader/__init__.py",
      ]),
    );
    const foreign =
      /^(src|tests|bench|scripts|examples|node_modules)\/|^trainer-py\/(tests|bench|mutants)\/|\.map$|\.pyc$/;
    expect(paths.filter((path) => foreign.test(path))).toEqual([]);
  });

  test("installs into an empty prefix, installs a trainer, and plays and trains on a folder of Markdown", async () => {
    const work = join(folder, "work");
    await mkdir(work);
    await withMarkdown(join(work, "my-docs"));
    const prefix = ["--prefix", join(folder, "prefix"), "--no-audit", "--no-fund"];
    await succeeds("npm", ["install", "--global", ...prefix, tarball], work);

    const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
    expect((await succeeds("spice", ["--version"], work)).stdout.trim()).toBe(version);
    const missing = await run("spice", ["trainer", "check", "--backend", "fake"], work);
    expect([missing.code, missing.stderr.includes("TRAINER_NOT_INSTALLED")]).toEqual([3, true]);

    await succeeds("spice", ["init", "exp", "--trainer", "fake"], work);
    const exp = join(work, "exp");
    const installed = documents(await succeeds("spice", ["trainer", "install", "fake", "--json"], exp))[0];
    expect(installed).toMatchObject({ schema: "spice.trainer-install/1", changed: true });
    await succeeds("spice", ["corpus", "add", "../my-docs"], exp);
    const trained = documents(await succeeds("spice", ["train", "--json", "-s", "steps=1"], exp));
    expect(trained.at(-1)).toMatchObject({ schema: "spice.train/1", steps: 1, finished: true });
    expect(trained[0]?.["trained_tokens"]).toBeGreaterThan(0);
    expect(await readdir(join(exp, "runs"))).toHaveLength(1);
    const checked = ["trainer", "check", "--backend", "fake", "--only", "seeds.same"];
    expect((await succeeds("spice", checked, exp)).stdout).toContain("1 pass, 0 fail");
  });

  test("runs the commands of docs/own-code.md in a folder that spice init wrote", async () => {
    await succeeds("spice", ["init", "mine"], folder);
    const mine = join(folder, "mine");
    const { commands } = await savePage(mine);
    const typed = await succeeds("bash", ["-e", "-c", commands.join("\n")], mine);
    expect(typed.stdout.match(/^ℹ pass \d+$/gm)).toEqual(PASSES);
  });

  test("runs the examples of own code in a fresh folder, and refuses other code", async () => {
    const own = join(folder, "own-code");
    await cp("examples/own-code", own, { recursive: true });
    const installed = join(folder, "prefix", "lib", "node_modules", "spice-orchestrator");
    await mkdir(join(own, "node_modules", "@types"), { recursive: true });
    await symlink(installed, join(own, "node_modules", "spice-orchestrator"));
    for (const types of ["@types/node", "undici-types"])
      await symlink(resolve("node_modules", types), join(own, "node_modules", types));

    // Types, with the declarations of the package.
    const compilerOptions = {
      target: "ES2023",
      module: "nodenext",
      types: ["node"],
      strict: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      skipLibCheck: false,
    };
    await writeFile(join(own, "package.json"), '{ "type": "module", "private": true }\n');
    await writeFile(join(own, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    await succeeds(process.execPath, [resolve("node_modules/typescript/bin/tsc")], own);

    const added = documents(
      await succeeds("spice", ["corpus", "add", "./documents", "own:./source.ts", "--json"], own),
    );
    expect(added.map(({ documents: count }) => count)).toEqual([1, 2]);
    const trained = documents(await succeeds("spice", ["train", "--json"], own));
    expect(trained.at(-1)).toMatchObject({ schema: "spice.train/1", steps: 2, finished: true });
    const [name = ""] = await readdir(join(own, "runs"));
    const csv = await readFile(join(own, "runs", name, "steps.csv"), "utf8");
    expect(csv.trim().split("\n")).toHaveLength(3);
    const { provenance } = JSON.parse(await readFile(join(own, "runs", name, "run.json"), "utf8"));
    expect(provenance.ownCode.map(({ kind }: { kind: string }) => kind)).toEqual(["reward", "check", "sink"]);
    expect(
      provenance.sourceCode.flatMap(({ modules }: { modules: { kind: string }[] }) =>
        modules.map(({ kind }) => kind),
      ),
    ).toEqual(["reader", "source"]);
    expect((await succeeds("spice", ["runs", "replay"], own)).stdout).toContain("Same: 48 proposals");

    const reward = await readFile(join(own, "reward.ts"), "utf8");
    await writeFile(join(own, "reward.ts"), reward.replace("1 - Math", "2 - Math"));
    const refused = await run("spice", ["runs", "replay"], own);
    expect([refused.code, refused.stderr.includes("OWN_CODE_CHANGED")]).toEqual([2, true]);
  });
});
