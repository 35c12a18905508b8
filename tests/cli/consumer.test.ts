import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { resolveConfig } from "../../src/config/resolve.js";

jest.setTimeout(120_000);

/** A program of somebody else: it uses what the three entry points export. */
const PROGRAM = `import { defineConfig, type Experiment, type ExperimentConfig, type ResolvedConfig, SpiceError, type UserConfig } from "spice-orchestrator";
import { listRuns, readRun, type RunReader } from "spice-orchestrator/runs";
import type { Candidate, Clock, Corpus, MetricSink, ProposalInput, RewardVariant, RunStore, Source, Trainer } from "spice-orchestrator/ports";
import { defineCheck, PASSED, refused } from "spice-orchestrator/ports";
import { defineReader, defineReward, defineSink, defineSource, testReward, z } from "spice-orchestrator/own-code";
import * as own from "spice-orchestrator/own-code";

export const given: UserConfig = defineConfig({ preset: "demo", train: { learningRate: 1e-5 } });
export const made = defineConfig(() => ({ preset: "demo" }));
export const later = defineConfig(async () => ({ preset: "demo", seed: 3 }));
// @ts-expect-error a setting with a wrong name
defineConfig({ preset: "demo", trian: { learningRate: 1e-5 } });
// @ts-expect-error a value that no setting has
defineConfig({ preset: "fancy" });

export const source: Source = {
  uri: "mine:1",
  async *read() {
    yield {
      kind: "document",
      document: { sourceUri: "mine:1/a", title: "A", text: "Text.", kind: "prose", language: "en", licence: "CC0-1.0", splitKey: "a", subject: "A", facts: [] },
    };
  },
};
export const half: RewardVariant = {
  readsOpenBook: false,
  reward: ({ blind }) => 1 - Math.abs(blind.correct / blind.graded - 0.5),
};
export const sink: MetricSink = { step: ({ step }) => console.log(step), progress: () => undefined };
export const clock: Clock = { now: () => 0, iso: () => "", cpuSeconds: () => 0 };
export const names = (trainer: Trainer, store: RunStore, corpus: Corpus) => [trainer.model.name, store.id, corpus.info.id];
// @ts-expect-error a wrong name in a type of the ports
export const wrong = (trainer: Trainer) => trainer.model.nmae;
export const code = (error: unknown): string | null => (error instanceof SpiceError ? error.code : null);
export const old = (experiment: Experiment, config: ExperimentConfig): [ResolvedConfig, UserConfig] => [experiment, config];
export const first = async (root: string): Promise<RunReader | null> => {
  const [run] = await listRuns(root);
  return run === undefined ? null : readRun(run.directory);
};
export type Question = Candidate["question"];
export const peak = defineReward({
  name: "peak",
  version: "1",
  options: z.strictObject({ peak: z.number().default(0.5) }),
  reward: ({ blind }, options) => 1 - Math.abs(blind.correct / blind.graded - options.peak),
});
testReward(peak, [{ blind: [4, 8], reward: 1 }]);
export const plain = own.defineCheck({
  name: "plain",
  version: "1",
  check: ({ candidate, document }) => (candidate.question === document.title ? "It is the title." : null),
});
export const lines = defineReader({ name: "lines", version: "1", endings: [".log"], parse: ({ text }) => [{ text }] });
export const towns = defineSource({
  name: "towns",
  version: "1",
  async *read() {
    yield { id: "a", text: "Text." };
  },
});
export const steps = defineSink({ name: "steps", version: "1", open: () => ({ step: ({ step }) => void step }) });
// @ts-expect-error a reward returns a number
defineReward({ name: "wrong", version: "1", reward: () => "1" });
// @ts-expect-error an option that the schema does not have
defineReward({ name: "wrong", version: "1", options: z.strictObject({ a: z.number() }), reward: (_, { b }) => b });
export const shortQuestion = defineCheck({
  setting: "shortQuestion",
  codes: { question_short: "question is too short" },
  stage: "checks",
  describe: "The question has 20 characters or more.",
  cost: "one comparison",
  run: ({ candidate }: Pick<ProposalInput, "candidate">) =>
    candidate.question.length < 20 ? refused("question_short", candidate.question) : PASSED,
});
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "spice-consumer-"));
  await mkdir(join(folder, "node_modules", "@types"), { recursive: true });
  const links = [
    [".", "spice-orchestrator"],
    ["node_modules/@types/node", "@types/node"],
    ["node_modules/undici-types", "undici-types"],
  ] as const;
  for (const [from, to] of links) await symlink(resolve(from), join(folder, "node_modules", to));
  await writeFile(join(folder, "package.json"), '{ "type": "module", "private": true }\n');
});
afterAll(() => rm(folder, { recursive: true }));

/**
 * Compile files against the built package, declarations included. Returns what the compiler says.
 * A mistake that is expected and not found is an error too.
 */
async function compile(files: Readonly<Record<string, string>>, options: object): Promise<string> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const compilerOptions = {
    target: "ES2023",
    module: "nodenext",
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    ...options,
  };
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: Object.keys(files) }),
  );
  const { stdout, stderr } = spawnSync(process.execPath, [resolve("node_modules/typescript/bin/tsc")], {
    cwd: folder,
    encoding: "utf8",
  });
  return stdout + stderr;
}

/** The programs of the docstring at the top of src/index.ts. */
async function examples(): Promise<string[]> {
  const docstring = (await readFile("src/index.ts", "utf8")).split("*/")[0] ?? "";
  const text = docstring.replaceAll(/^ \* ?/gm, "");
  return [...text.matchAll(/```ts\n(.*?)```/gs)].map((found) => found[1] ?? "");
}

describe("the built package, seen by another project", () => {
  test.each([
    ["with the types of Node", { types: ["node"] }],
    ["with the library of the browser", { types: [], lib: ["es2023", "dom", "esnext.disposable"] }],
  ])("type-checks %s, without skipping declarations", async (_, options) => {
    expect(await compile({ "program.ts": PROGRAM }, { ...options, noEmit: true })).toBe("");
  });

  test("the examples at the top of index.ts compile; the configuration is valid and the reader runs", async () => {
    const [config = "", reader = "", more] = await examples();
    expect([config.includes("defineConfig"), reader.includes("readRun"), more]).toEqual([
      true,
      true,
      undefined,
    ]);
    const files = { "spice.config.ts": config, "read-run.ts": reader };
    expect(await compile(files, { types: ["node"] })).toBe("");
    const { experiment } = await resolveConfig({ folder, file: null, overrides: [] });
    expect([experiment.name, experiment.steps]).toEqual(["slower", 30]);

    const read = spawnSync(process.execPath, ["read-run.js", "nowhere"], { cwd: folder, encoding: "utf8" });
    expect(read.stderr).toContain("RUN_NOT_FOUND");
  });
});
