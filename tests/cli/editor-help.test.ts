import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, jest, test } from "@jest/globals";
import { startLanguageServer } from "./language-server.js";
import { workplace } from "./spice.js";

jest.setTimeout(120_000);

describe("an editor in a folder that spice init wrote", () => {
  test("shows what a setting means, its type and its default, also of a setting in a section", async () => {
    await using place = await workplace();
    expect((await place.run("init", "mine", "--trainer", "fake")).code).toBe(0);
    const file = join(place.folder, "mine", "spice.config.ts");
    const text = await readFile(file, "utf8");
    await using server = await startLanguageServer(join(place.folder, "mine"));
    const seed = await server.hover(file, text, "seed:");
    expect(seed).toContain("Seed of all samples and of all picks.");
    expect(seed).toContain("Default `1`.");
    const focus = await server.hover(file, text, "focus:");
    expect(focus).toContain("Part of the document that a question asks about");
    expect(focus).toContain('`demo` `"passage"`');
    expect(await server.hover(file, text, "trainer:")).toContain("The trainer of the model.");
  });
  test("compiles with the declarations of all packages, and refuses a setting that does not exist", async () => {
    await using place = await workplace();
    await place.run("init", "mine", "--trainer", "fake");
    const folder = join(place.folder, "mine");
    const compile = () =>
      spawnSync(process.execPath, [resolve("node_modules/typescript/bin/tsc"), "--skipLibCheck", "false"], {
        cwd: folder,
        encoding: "utf8",
      }).stdout;
    expect(compile()).toBe("");
    await place.write(
      "mine/spice.config.ts",
      `import { defineConfig } from "spice-orchestrator";
export default defineConfig({ preset: "demo", trian: { learningRate: 1e-5 } });
`,
    );
    expect(compile()).toContain("'trian' does not exist");
  });
});
