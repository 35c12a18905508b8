import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { expect, jest, test } from "@jest/globals";
import { describeWithPython, python } from "../support/python.js";
import { type Finished, startProgram } from "./process.js";
import { MAIN, withMarkdown, workplace } from "./spice.js";

jest.setTimeout(180_000);

/** The commands of the README's section "Use it", without their comments. */
async function commandsOfReadme(): Promise<string[]> {
  return commandsOf((await readFile("README.md", "utf8")).split("\n## Use it\n")[1] ?? "");
}

/** The first commands of a page, without their comments. */
function commandsOf(page: string): string[] {
  const block = /```bash\n(.*?)```/s.exec(page)?.[1] ?? "";
  return block
    .trim()
    .split("\n")
    .map((line) => (line.split(" #")[0] ?? "").trim());
}

/**
 * Run lines in one shell, with `spice` on the PATH. The shell ends at the first line that fails.
 */
const typed = (lines: readonly string[], folder: string, bin: string): Promise<Finished> =>
  startProgram("bash", ["-e", "-c", lines.join("\n")], folder, {
    SPICE_TRAINER_PYTHON: python ?? "",
    PATH: `${bin}${delimiter}${process.env["PATH"]}`,
  }).done;

describeWithPython("the README's section `Use it`", () => {
  test("has the commands from a configuration to a report", async () => {
    const lines = await commandsOfReadme();
    expect(lines.map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
      "npm ci &&",
      "spice init my-experiment",
      "cd my-experiment",
      "spice trainer install",
      "spice corpus add",
      "spice train --dry-run",
      "spice train",
      "spice runs report",
    ]);
  });

  test("has the commands of the page about own documents, with the same paths", async () => {
    const readme = await commandsOfReadme();
    const page = commandsOf(await readFile("docs/your-documents.md", "utf8"));
    expect(page.filter((line) => !readme.includes(line))).toEqual(["spice probe"]);
    expect(page.length).toBeGreaterThan(5);
  });

  test("typed on a folder of Markdown with the fake trainer, runs to its end and trains tokens", async () => {
    await using place = await workplace();
    const bin = join(place.folder, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "spice"), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
    await chmod(join(bin, "spice"), 0o755);
    await withMarkdown(join(place.folder, "my-docs"));
    const lines = (await commandsOfReadme())
      // The program is built and a trainer is installed where tests run.
      .filter((line) => !/^npm |trainer install/.test(line))
      .map((line) => line.replace("spice init my-experiment", "spice init my-experiment --trainer fake"));
    const { code, stdout, stderr } = await typed(lines, place.folder, bin);
    expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);

    expect(stdout).toContain("spice.config.ts");
    expect(stdout).toMatch(/my-docs: 3 documents/);
    expect(await readFile(join(place.folder, "my-experiment", "spice.config.ts"), "utf8")).toContain(
      "Plays documents of every kind.",
    );
    expect(stdout).toContain("challenger prompt");
    expect(stdout).toContain("as configured");
    expect(stdout).toContain("Finished at step 3");
    const runs = join(place.folder, "my-experiment", "runs");
    const [run, second] = await readdir(runs);
    expect(second).toBeUndefined();
    const metrics = (await readFile(join(runs, run ?? "", "metrics.jsonl"), "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { trained_tokens: number; tasks: number });
    expect(metrics).toHaveLength(3);
    const sum = (key: "trained_tokens" | "tasks") => metrics.reduce((total, one) => total + one[key], 0);
    expect(sum("tasks")).toBeGreaterThan(0);
    expect(sum("trained_tokens")).toBeGreaterThan(0);
    expect(await readFile(join(runs, run ?? "", "report.html"), "utf8")).toContain("<!doctype html>");
  });
});
