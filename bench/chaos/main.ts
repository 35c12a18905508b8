import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "@commander-js/extra-typings";
import { findInterpreter } from "../../src/adapters/install/environments.js";
import { prepareModel } from "../../src/adapters/install/model.js";
import { runCommand } from "../../src/adapters/python/run-command.js";
import { trainerSource } from "../../src/adapters/python/source.js";
import { keyed, type Rng } from "../../src/core/random/rng.js";
import { type Comparison, compareRuns, readRunFiles } from "./compare.js";
import { fakeScenario, type Scenario, torchScenario } from "./scenario.js";
import { leftovers, startVictim, TARGETS, type Victim } from "./victim.js";

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** One disturbed run, finished at last. */
interface Round extends Comparison {
  readonly scenario: string;
  readonly seed: number;
  readonly kills: number;
  readonly steps: number;
  readonly orphans: number;
}

/** A run that nobody disturbs. */
async function undisturbed(scenario: Scenario, seed: number): Promise<string> {
  const folder = await scenario.folder();
  const { code, stderr } = await startVictim(folder, scenario.arguments(seed), scenario.environment).done;
  if (code !== 0) throw new Error(`the undisturbed run failed with ${code}:\n${stderr}`);
  return folder;
}

/** Kill and resume until the run is finished; at most `most` kills. */
async function disturbed(
  scenario: Scenario,
  seed: number,
  most: number,
  rng: Rng,
): Promise<{ folder: string; kills: number; orphans: number }> {
  const folder = await scenario.folder();
  const launch = (args: readonly string[]): Victim => startVictim(folder, args, scenario.environment);
  let victim = launch(scenario.arguments(seed));
  let kills = 0;
  while (true) {
    const pause = kills < most ? 0.1 + rng.next() * scenario.longestPause : Number.POSITIVE_INFINITY;
    const ended = await Promise.race([victim.done, ...(Number.isFinite(pause) ? [sleep(pause * 1000)] : [])]);
    if (ended === undefined) {
      if (await victim.kill(rng.pick(TARGETS))) kills += 1;
      continue;
    }
    if (ended.code === 0) break;
    if (ended.code === 2 && ended.stderr.includes("NOTHING_TO_RESUME")) {
      // Killed before the run had a directory, or after its last step.
      if ((await readdir(join(folder, "runs")).catch(() => [])).some((name) => !name.startsWith("."))) break;
      victim = launch(scenario.arguments(seed));
      continue;
    }
    if (ended.code !== null && ended.code !== 3)
      throw new Error(`ended with ${ended.code}:\n${ended.stderr}`);
    victim = launch(["train", "--resume"]);
  }
  // A trainer whose parent was killed reads the end of its input and leaves.
  for (let waited = 0; waited < 20 && (await leftovers(folder)).length > 0; waited += 1) await sleep(500);
  return { folder, kills, orphans: (await leftovers(folder)).length };
}

async function round(scenario: Scenario, seed: number, most: number): Promise<Round> {
  const whole = await undisturbed(scenario, seed);
  const { folder, kills, orphans } = await disturbed(
    scenario,
    seed,
    most,
    keyed("chaos", scenario.name, seed),
  );
  const [a, b] = await Promise.all([whole, folder].map(async (one) => readRunFiles(await onlyRun(one))));
  if (a === undefined || b === undefined) throw new Error("both runs have a directory");
  const result = {
    scenario: scenario.name,
    seed,
    kills,
    steps: a.metrics.length,
    orphans,
    ...compareRuns(a, b),
  };
  if (isClean(result)) for (const one of [whole, folder]) await rm(one, { recursive: true, force: true });
  else say(`kept for a look: ${whole} (undisturbed), ${folder}`);
  return result;
}

async function onlyRun(folder: string): Promise<string> {
  const [name, second] = (await readdir(join(folder, "runs"))).filter((one) => !one.startsWith("."));
  if (name === undefined || second !== undefined) throw new Error(`one run expected in ${folder}`);
  return join(folder, "runs", name);
}

const isClean = (one: Round): boolean =>
  one.stepsLost === 0 &&
  one.stepsDoubled === 0 &&
  one.episodesEqual &&
  one.metricsEqual &&
  one.digestsEqual &&
  one.orphans === 0;

/** Rounds with ever new seeds until there were enough kills. */
async function rounds(scenario: Scenario, kills: number, firstSeed: number): Promise<Round[]> {
  const all: Round[] = [];
  let left = kills;
  for (let seed = firstSeed; left > 0; seed += 1) {
    const one = await round(scenario, seed, left);
    left -= one.kills;
    all.push(one);
    say(
      `${one.scenario.padEnd(6)} seed ${seed}: ${String(one.kills).padStart(3)} kills, ${one.steps} steps, lost ${one.stepsLost}, ` +
        `doubled ${one.stepsDoubled}, episodes ${mark(one.episodesEqual)}, metrics ${mark(one.metricsEqual)}, ` +
        `weights ${mark(one.digestsEqual)}, orphans ${one.orphans}`,
    );
  }
  return all;
}

const mark = (equal: boolean): string => (equal ? "equal" : "DIFFER");

const { kills, torchKills, seed, json } = new Command("chaos")
  .description(
    "Kill orchestrator and trainer at random and compare with undisturbed runs (Linux; needs `spice trainer install torch`)",
  )
  .option("--kills <n>", "SIGKILLs in all", Number, 100)
  .option("--torch-kills <n>", "of these, on a tiny PyTorch model; 0 leaves it out", Number, 10)
  .option("--seed <n>", "first seed: of experiments and kills", Number, 1)
  .option("--json", "last line: one JSON object")
  .parse()
  .opts();
const { root } = await trainerSource();
const python = await findInterpreter(root, "torch", process.env);
const results = await rounds(await fakeScenario(python), kills - torchKills, seed);
if (torchKills > 0) {
  const model = await prepareModel({
    ...{ run: runCommand, environment: process.env, python, root, model: "smollm2-135m" },
    onProgress: say,
  });
  results.push(...(await rounds(await torchScenario(model, python), torchKills, seed)));
}
const sum = (of: (one: Round) => number): number => results.reduce((total, one) => total + of(one), 0);
const summary = {
  kills: sum((one) => one.kills),
  runs: results.length,
  steps: sum((one) => one.steps),
  stepsLost: sum((one) => one.stepsLost),
  stepsDoubled: sum((one) => one.stepsDoubled),
  episodesEqual: results.every((one) => one.episodesEqual),
  metricsEqual: results.every((one) => one.metricsEqual),
  digestsEqual: results.every((one) => one.digestsEqual),
  orphans: sum((one) => one.orphans),
};
say("");
for (const [name, value] of Object.entries(summary)) say(`${name.padEnd(14)} ${value}`);
if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
process.exitCode = results.every(isClean) ? 0 : 1;
