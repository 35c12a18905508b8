import { readFile } from "node:fs/promises";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { describe, expect, test } from "@jest/globals";
import { BACKENDS } from "../../src/adapters/install/catalog.js";
import { program } from "../../src/cli/program.js";

/** Every command of the program with its words, for example `["runs", "show"]`. */
function walk(
  command: CommandUnknownOpts,
  words: readonly string[] = [],
): { readonly words: readonly string[]; readonly command: CommandUnknownOpts }[] {
  return [{ words, command }, ...command.commands.flatMap((child) => walk(child, [...words, child.name()]))];
}

/** The help of a command as a person sees it. */
function help(command: CommandUnknownOpts): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

/**
 * The command lines of the examples: what follows `spice` on a line, up to a comment, a pipe or a
 * redirection.
 */
const examplesOf = (text: string): string[] =>
  (text.split("\nUsage:")[0] ?? "").split("\n").flatMap((line) => {
    const found = /^ {2}(?:\w+=\S+ )*spice +(.*)$/.exec(line)?.[1];
    return found === undefined ? [] : [(found.split(/ {2,}| #| \| | > /)[0] ?? "").trim()];
  });

const root = await program();
const commands = walk(root);
const named = commands.map(({ words }) => [words.join(" ") || "spice"] as const);
const find = (name: string) =>
  commands.find(({ words }) => words.join(" ") === (name === "spice" ? "" : name))?.command ?? root;

test("the walk sees the whole program", () => {
  const seen = named.map(([name]) => name);
  expect(seen.length).toBeGreaterThan(22);
  expect(seen).toEqual(
    expect.arrayContaining(["spice", "train", "runs replay", "trainer compare", "parity"]),
  );
});

test.each(named)("%s has help that starts with examples and says what it does", (name) => {
  const command = find(name);
  expect(help(command)).toMatch(/^Examples:\n {2}\S/);
  expect(command.description()).not.toBe("");
  for (const option of command.options.filter((one) => !one.hidden))
    expect([option.flags, option.description]).not.toEqual([option.flags, ""]);
});

test.each(named)("the examples of %s are command lines of this program", async (name) => {
  const examples = examplesOf(help(find(name)));
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples)
    expect([example, await accepted(example.split(/ +/))]).toEqual([example, "yes"]);
});

/** Parse the words of a command line with actions that do nothing; `yes`, or why it is refused. */
async function accepted(words: readonly string[]): Promise<string> {
  const fresh = await program();
  for (const { command } of walk(fresh)) {
    command.configureOutput({ writeErr: () => undefined });
    if (command.commands.length === 0) command.action(() => undefined);
  }
  try {
    fresh.parse(words, { from: "user" });
    return "yes";
  } catch (error) {
    return (error as Error).message;
  }
}

test("an example with an unknown command, option or value would be found", async () => {
  expect(await accepted(["runs", "shwo"])).toContain("unknown command");
  expect(await accepted(["runs", "show", "--stpe", "3"])).toContain("unknown option");
  expect(await accepted(["runs", "funnel", "--step", "three"])).toContain("whole number");
});

describe("old names", () => {
  test.each(["replay", "parity", "conformance"])("%s works and is not in the help", async (name) => {
    expect(await accepted([name])).toBe("yes");
    expect(help(root)).not.toMatch(new RegExp(`^ +${name}\\b`, "m"));
  });

  test.each([
    [["runs", "list", "--runs", "x"], "runsDir", "x"],
    [["runs", "report", "--run", "x"], "run", "x"],
    [["play", "--run", "x"], "run", "x"],
    [["parity", "--trainers", "a, b", "--trainer", "c"], "trainer", ["a", "b", "c"]],
    [["trainer", "compare", "--trainer", "a", "--trainer", "b"], "trainer", ["a", "b"]],
    [["trainer", "serve", "--checkpoints", "x"], "checkpointRoot", "x"],
    [["corpus", "add", "docs", "--licence", "x"], "license", "x"],
    [["train", "seed=2"], "set", []],
  ])("%j is understood", async (words, property, value) => {
    const fresh = await program();
    let got: unknown;
    for (const { command } of walk(fresh))
      if (command.commands.length === 0)
        command.action((...given) => {
          got = (given.at(-1) as CommandUnknownOpts).opts()[property];
        });
    fresh.parse(words, { from: "user" });
    expect(got).toEqual(value);
  });

  test.each(["--runs ", "--run ", "--trainers", "--checkpoints", "--licence"])(
    "the option %s is in no help",
    (flag) => {
      for (const { command } of commands) expect(help(command)).not.toContain(flag);
    },
  );
});

test.each(named.slice(1))("the command line of %s loads this command only", async (name) => {
  const words = name.split(" ");
  const seen = walk(await program([...words, "--help"])).map((one) => one.words.join(" "));
  const below = named.map(([one]) => one).filter((one) => one.startsWith(`${name} `));
  expect(seen.filter((one) => one !== "")).toEqual([...words.slice(1).map(() => words[0]), name, ...below]);
});

test.each([
  { words: [] },
  { words: ["--help"] },
  { words: ["help", "train"] },
  { words: ["trian"] },
  { words: ["-q", "train"] },
])("a command line that begins with no command loads every command: $words", async ({ words }) => {
  expect(walk(await program(words)).map((one) => one.words.join(" "))).toEqual(
    commands.map((one) => one.words.join(" ")),
  );
});

test.each(["-V", "--version"])("%s loads no command", async (word) => {
  expect(walk(await program([word]))).toHaveLength(1);
});

test.each(["trainer serve", "trainer check", "init"])("%s names every backend in its help", (name) => {
  const text = help(find(name)).replaceAll(/\s+/g, " ");
  expect(BACKENDS.length).toBeGreaterThan(5);
  for (const backend of BACKENDS) expect(text).toContain(` ${backend},`);
});

test("docs/cli.md has every command that the help shows", async () => {
  const page = await readFile("docs/cli.md", "utf8");
  const hidden = new Set(["replay", "parity", "conformance", "help"]);
  const shown = commands.filter(
    ({ command, words }) => words.length > 0 && command.commands.length === 0 && !hidden.has(words[0] ?? ""),
  );
  expect(shown.length).toBeGreaterThan(15);
  for (const { words } of shown) expect(page).toContain(`spice ${words.join(" ")}`);
});
