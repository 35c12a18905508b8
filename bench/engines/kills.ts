import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readRunFiles } from "../chaos/compare.js";
import { engineScenario } from "../chaos/scenario.js";
import { leftovers, startVictim } from "../chaos/victim.js";
import { type Process, processes } from "../processes.js";

/** A process of an engine that is killed during a step. */
export interface Kill {
  readonly trainer: string;
  /** Name of the process, for people. */
  readonly victim: string;
  /** Command line of the process to kill. */
  readonly pattern: RegExp;
  /** `sampling`: while the second step is sampled. `training`: while its batch is trained. */
  readonly during: "sampling" | "training";
}

/** Result of a kill. */
export interface Killed {
  readonly trainer: string;
  readonly victim: string;
  readonly during: string;
  /**
   * `recovered`: the command continued by itself to the last step. `halted`: it ended with its own
   * exit code 3, and `--resume` reached the last step. Every other result is `failed`.
   */
  readonly outcome: "recovered" | "halted" | "failed";
  readonly stepsLost: number;
  readonly stepsDoubled: number;
  readonly orphans: number;
  readonly detail: string;
}

export const KILLS: readonly Kill[] = [
  {
    trainer: "torch+vllm",
    victim: "vLLM's engine",
    pattern: /vllm_engine\.worker|VLLM::EngineCore/,
    during: "sampling",
  },
  { trainer: "torch+vllm", victim: "vLLM's engine", pattern: /vllm_engine\.worker/, during: "training" },
  { trainer: "verl", victim: "a Ray worker", pattern: /^ray::LearnerWorker/, during: "training" },
  { trainer: "verl", victim: "a Ray worker", pattern: /^ray::LearnerWorker/, during: "sampling" },
  { trainer: "tinker", victim: "SkyRL's engine", pattern: /launch\.py engine/, during: "training" },
  { trainer: "tinker", victim: "SkyRL's engine", pattern: /launch\.py engine/, during: "sampling" },
];

/** Steps of the experiment (bench/chaos/scenario.ts). */
const STEPS = 4;

/**
 * Sends SIGKILL to one process of an engine while `spice train` is in its second step, and reads
 * the run directory at the end.
 *
 * @param tokenizer folder of the model whose tokenizer the small model gets
 * @param python interpreter that has torch, to write the small model
 */
export async function killDuringStep(kill: Kill, tokenizer: string, python: string): Promise<Killed> {
  const scenario = await engineScenario(kill.trainer, tokenizer, python);
  const folder = await scenario.folder();
  // A run that is killed while it samples does not need a model that writes trainable tasks.
  const more = kill.during === "sampling" ? ["-s", "warmup.steps=4"] : [];
  const run = startVictim(folder, [...scenario.arguments(1), ...more], scenario.environment);
  const base = { trainer: kill.trainer, victim: kill.victim, during: kill.during };
  let ended: Awaited<typeof run.done> | undefined;
  void run.done.then((value) => {
    ended = value;
  });
  const isOver = () => ended !== undefined;
  await until(async () => isOver() || (await reached(folder, kill.during)));
  if (isOver()) return failed(base, `the run ended before the kill: ${(await run.done).stderr.slice(-400)}`);
  const target = (await descendants(run.pid ?? 0)).find((one) => kill.pattern.test(one.command));
  if (target === undefined) return failed(base, "there was no such process");
  process.kill(target.pid, "SIGKILL");
  const first = await run.done;
  let outcome: Killed["outcome"] = first.code === 0 ? "recovered" : "failed";
  let last = first;
  if (first.code === 3) {
    last = await startVictim(folder, ["train", "--resume"], scenario.environment).done;
    outcome = last.code === 0 ? "halted" : "failed";
  }
  for (let waited = 0; waited < 40 && (await leftovers(folder)).length > 0; waited += 1) await sleep(500);
  const orphans = (await leftovers(folder)).length;
  if (outcome === "failed") return failed(base, last.stderr.slice(-600), orphans);
  const steps = (await readRunFiles(await runFolder(folder))).metrics.map((row) => Number(row["step"]));
  const stepsLost = STEPS - new Set(steps).size;
  const stepsDoubled = steps.length - new Set(steps).size;
  await rm(folder, { recursive: true, force: true });
  return { ...base, outcome, stepsLost, stepsDoubled, orphans, detail: told(first.stderr) };
}

const failed = (
  base: Pick<Killed, "trainer" | "victim" | "during">,
  detail: string,
  orphans = 0,
): Killed => ({
  ...{ ...base, outcome: "failed", stepsLost: 0, stepsDoubled: 0, orphans },
  detail: detail.trim(),
});

/** Returns the line of the output of the command that is about the trainer. */
const told = (stderr: string): string =>
  stderr
    .split("\n")
    .find((line) => /trainer|sampler|restart/i.test(line) && !line.includes("dist/"))
    ?.trim() ?? "";

/**
 * Waits until step 1 is committed, and step 2 is being sampled (it has no batch yet) or trained
 * (its batch exists).
 */
async function reached(folder: string, during: Kill["during"]): Promise<boolean> {
  const runs = await runFolder(folder).catch(() => null);
  if (runs === null) return false;
  const committed =
    (await readFile(join(runs, "metrics.jsonl"), "utf8").catch(() => "")).split("\n").length - 1;
  if (committed !== 1) return false;
  const batches = await readdir(join(runs, "batches")).catch((): string[] => []);
  const staged = batches.includes("000002.batch");
  return during === "training" ? staged : !staged;
}

async function runFolder(folder: string): Promise<string> {
  const [name] = (await readdir(join(folder, "runs"))).filter((one) => !one.startsWith("."));
  if (name === undefined) throw new Error("no run yet");
  return join(folder, "runs", name);
}

/** Returns the descendants of a process, and the processes of Ray, which leave their parent. */
async function descendants(root: number): Promise<Process[]> {
  const all = await processes();
  const found = new Set([root]);
  for (let grew = true; grew; ) {
    const before = found.size;
    for (const one of all) if (found.has(one.parent)) found.add(one.pid);
    grew = found.size > before;
  }
  return all.filter((one) => found.has(one.pid) || one.command.startsWith("ray::"));
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(20);
}
