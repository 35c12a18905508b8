import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { catalogEntry } from "../../src/adapters/install/catalog.js";
import { program } from "../../src/cli/program.js";
import { describeWithPython } from "../support/python.js";
import { copyFinishedRun } from "./shared/finished-run.js";
import { FAKE, type Workplace, workplace } from "./spice.js";

jest.setTimeout(180_000);

/** The command lines between back quotes that begin with `spice`, without `spice`. */
const commandsIn = (text: string): string[] =>
  [...text.replaceAll(/\s+/g, " ").matchAll(/`spice ([^`]+)`/g)].map((match) => match[1] ?? "");

/** Values for the places to fill in. */
const FILLED: readonly (readonly [RegExp, string])[] = [
  [/\{(?:backend|kind|name|sampler)\}/g, "torch"],
  [/\{[a-z]+\}|<[a-z]+>/gi, "x"],
];

/** Parses a command line with actions that do nothing; null, or why it is refused. */
async function refusal(words: readonly string[]): Promise<string | null> {
  const fresh = await program();
  const quiet = (command: CommandUnknownOpts): void => {
    command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    if (command.commands.length === 0) command.action(() => undefined);
    command.commands.forEach(quiet);
  };
  quiet(fresh);
  try {
    fresh.parse(words, { from: "user" });
    return null;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    // A hint may name a command without its values: it then shows the help of the values.
    return code === "commander.missingArgument" || code === "commander.optionMissingArgument"
      ? null
      : message;
  }
}

test("every command in a hint of docs/errors.md is a command line of this program", async () => {
  const page = await readFile("docs/errors.md", "utf8");
  const commands = new Set(
    commandsIn(page).map((one) =>
      FILLED.reduce((text, [place, value]) => text.replaceAll(place, value), one),
    ),
  );
  expect(commands.size).toBeGreaterThan(20);
  for (const command of commands) {
    const words = command.split(" ");
    expect([command, await refusal(words)]).toEqual([command, null]);
    if (words[1] === "install" && words[2] !== undefined) expect(catalogEntry(words[2]).name).toBe(words[2]);
  }
});

test("a command that does not exist would be found", async () => {
  expect(await refusal(["runs", "shwo"])).toContain("unknown command");
  expect(await refusal(["config", "--expalin"])).toContain("unknown option");
});

/** Commands that only read, so that a test may run them. */
const READS = /^(config|runs (list|show|funnel|tasks|documents)|trainer list)\b/;

describeWithPython("the hints of errors that were provoked", () => {
  let place: Workplace;
  beforeAll(async () => {
    place = await workplace();
    const id = await copyFinishedRun(place);
    await rename(join(place.folder, "runs", id), join(place.folder, "runs", "one"));
    expect((await place.call("runs", "rename", "latest", "one")).code).toBe(0);
    await place.write("wrong.yaml", "challenger: { groupSize: none, tokens: 3 }\n");
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  /** The error that a command line gives, as its JSON document. */
  async function errorOf(
    words: readonly string[],
  ): Promise<{ readonly code: string; readonly hint: string }> {
    const { code, stdout, stderr } = await place.call(...words, "--json");
    expect([words, code === 0, stdout === ""]).toEqual([words, false, false]);
    expect(stderr).not.toContain("UNEXPECTED");
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  }

  test.each([
    [["config", "-c", "wrong.yaml"], "CONFIG_INVALID"],
    [["config", "-s", "challenger.tokens=3"], "CONFIG_OVERRIDE"],
    [["config", "-s", "zzz=3"], "CONFIG_OVERRIDE"],
    [["config", "-s", "admission.evidence=warn"], "CONFIG_INVALID"],
    [["config", "-s", "challenger.mix=[]"], "CONFIG_INVALID"],
    [["config", "-c", "absent.yaml"], "CONFIG_NOT_FOUND"],
    [["runs", "show", "nobody"], "RUN_NOT_FOUND"],
    [["runs", "show", "nobody", "--runs-dir", "."], "RUN_NOT_FOUND"],
    [["runs", "replay", "--step", "7"], "STEP_NOT_FOUND"],
    [["runs", "funnel", "--step", "9"], "STEP_NOT_FOUND"],
    [["train", "--resume"], "NOTHING_TO_RESUME"],
    [["train", "--resume", "one", "-s", "seed=2"], "CONFIG_DRIFT"],
    [["play", "one", "seed=2"], "CONFIG_DRIFT"],
    [["play", "one", "two"], "RUN_NAMED_TWICE"],
    [["runs", "export-model", "one", "x", "--step", "5"], "NO_CHECKPOINT"],
    [["runs", "rename", "one", "latest"], "RUN_NAME_INVALID"],
    [["runs", "rm", "one"], "CONFIRMATION_NEEDED"],
  ])("%j: %s, and its hint runs where the error was", async (words, code) => {
    const found = await errorOf(words);
    expect(found.code).toBe(code);
    for (const command of commandsIn(found.hint)) {
      const filled = command.replaceAll(/<run>/g, "one").split(" ");
      expect([command, await refusal(filled)]).toEqual([command, null]);
      if (!READS.test(command)) continue;
      const done = await place.call(...filled);
      expect([command, done.code, done.code === 0 ? "" : done.stderr]).toEqual([command, 0, ""]);
    }
  });

  test("a wrong value is shown with what is allowed, and no message says only that it is invalid", async () => {
    const said = async (setting: string) =>
      ((await errorOf(["config", "-s", setting])) as unknown as { message: string }).message;
    expect(await said("admission.evidence=warn")).toContain('"warn" is not allowed; allowed: "off"');
    expect(await said("challenger.mix=[]")).toContain("challenger.mix: the list needs at least one entry");
    expect(await said("challenger.groupSize=0")).toContain("0 is not allowed; allowed: integer, 2 or more");
    expect(await said('challenger.mix=[{"format":{"kind":"free","answerType":"foo"},"share":1}]')).toContain(
      '"foo" is not allowed; allowed: "integer", "number"',
    );
  });

  test("play takes settings with and without -s, as train does", async () => {
    const settings = [...FAKE, "corpus.kinds=[]"];
    const done = await place.call("play", ...settings, "--json");
    expect([done.code, done.code === 0 ? "" : done.stderr]).toEqual([0, ""]);
  });
});
