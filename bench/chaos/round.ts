import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { keyed, type Rng } from "../../src/core/random/rng.js";
import { requireTraining, type Trained } from "../trained.js";
import { type Comparison, compareRuns, countedSteps, readRunFiles } from "./compare.js";
import { comparingKills, type Kill } from "./kills.js";
import type { Scenario } from "./scenario.js";
import { type Ended, leftovers, startVictim, TARGETS, type Victim } from "./victim.js";

/** A disturbed run, resumed to its end, and the undisturbed run of its seed. */
export interface Round extends Comparison {
  readonly scenario: string;
  readonly seed: number;
  readonly kills: number;
  /** Number of kills after which at least one step that trained was compared. */
  readonly killsCompared: number;
  readonly steps: number;
  /** The tokens and digests that the undisturbed run trained. */
  readonly trained: Trained;
  /** Number of trainers that still ran at the end. */
  readonly orphans: number;
  /** Folders of both runs, kept when the round has a fault. */
  readonly kept: readonly string[];
}

/**
 * Share of the kills at any time after a start: while processes start, a model loads, or a warm
 * start trains.
 */
const START_SHARE = 0.15;
const POLL_MS = 20;

/**
 * Plays a scenario undisturbed and disturbed, and compares.
 *
 * @param most largest number of kills
 * @throws TrainedNothing when the undisturbed run does not train, because the comparison would have
 * no meaning
 */
export async function playRound(scenario: Scenario, seed: number, most: number): Promise<Round> {
  const whole = await undisturbed(scenario, seed);
  const expected = await readRunFiles(await onlyRun(whole));
  const trained = requireTraining(`${scenario.name}, seed ${seed}`, expected);
  const { folder, kills, orphans } = await disturbed(
    scenario,
    seed,
    most,
    keyed("chaos", scenario.name, seed),
  );
  const round = {
    scenario: scenario.name,
    seed,
    kills: kills.length,
    killsCompared: comparingKills(kills, trained.trainedSteps),
    steps: expected.metrics.length,
    trained,
    orphans,
    ...compareRuns(expected, await readRunFiles(await onlyRun(folder))),
  };
  const folders = [whole, folder];
  if (!isClean(round)) return { ...round, kept: folders };
  for (const one of folders) await rm(one, { recursive: true, force: true });
  return { ...round, kept: [] };
}

/** Whether no step is lost, doubled or different, and no trainer remains. */
export const isClean = (round: Omit<Round, "kept">): boolean =>
  round.stepsLost === 0 &&
  round.stepsDoubled === 0 &&
  round.episodesEqual &&
  round.metricsEqual &&
  round.digestsEqual &&
  round.orphans === 0;

async function undisturbed(scenario: Scenario, seed: number): Promise<string> {
  const folder = await scenario.folder();
  const { code, stderr } = await startVictim(folder, scenario.arguments(seed), scenario.environment).done;
  if (code !== 0) throw new Error(`the undisturbed run failed with ${code}:\n${stderr}`);
  return folder;
}

/** Kills and resumes until the run is finished. */
async function disturbed(
  scenario: Scenario,
  seed: number,
  most: number,
  rng: Rng,
): Promise<{ folder: string; kills: readonly Kill[]; orphans: number }> {
  const folder = await scenario.folder();
  const launch = (args: readonly string[]): Victim => startVictim(folder, args, scenario.environment);
  let victim = launch(scenario.arguments(seed));
  const kills: Kill[] = [];
  while (true) {
    const ended = kills.length < most ? await momentToKill(victim, folder, scenario, rng) : await victim.done;
    if (ended === null) {
      if (await victim.kill(rng.pick(TARGETS))) kills.push({ committed: await committed(folder) });
      continue;
    }
    if (ended.code === 0) break;
    if (ended.code === 2 && ended.stderr.includes("NOTHING_TO_RESUME")) {
      // Killed before the run had a directory, or after its last step.
      if ((await runNames(folder)).length > 0) break;
      victim = launch(scenario.arguments(seed));
      continue;
    }
    if (ended.code !== null && ended.code !== 3)
      throw new Error(`ended with ${ended.code}:\n${ended.stderr}`);
    victim = launch(["train", "--resume"]);
  }
  // A trainer whose parent was killed reads the end of its input and ends.
  for (let waited = 0; waited < 20 && (await leftovers(folder)).length > 0; waited += 1) await sleep(500);
  return { folder, kills, orphans: (await leftovers(folder)).length };
}

/**
 * Waits for the moment of the next kill: some time after the next committed step, or, for a few
 * kills, some time from the start. Returns null then. Returns how the process ended when it ends
 * earlier.
 */
async function momentToKill(
  victim: Victim,
  folder: string,
  { longestStart, longestPause }: Scenario,
  rng: Rng,
): Promise<Ended | null> {
  const atStart = rng.next() < START_SHARE;
  const seconds = 0.1 + rng.next() * (atStart ? longestStart : longestPause);
  let ended: Ended | null = null;
  void victim.done.then((value) => {
    ended = value;
  });
  const wait = async (until: () => Promise<boolean>): Promise<void> => {
    while (ended === null && !(await until())) await Promise.race([victim.done, sleep(POLL_MS)]);
  };
  if (!atStart) {
    const before = (await committed(folder)) ?? 0;
    await wait(async () => ((await committed(folder)) ?? 0) > before);
  }
  const moment = Date.now() + 1000 * seconds;
  await wait(async () => Date.now() >= moment);
  return ended;
}

/**
 * Returns the number of committed steps in the audit log, or null when there is no run directory
 * yet. An incomplete line is ignored.
 */
async function committed(folder: string): Promise<number | null> {
  const [name] = await runNames(folder);
  if (name === undefined) return null;
  const text = await readFile(join(folder, "runs", name, "audit.jsonl"), "utf8").catch(() => "");
  const lines = text.split("\n").slice(0, -1);
  return Math.max(0, ...countedSteps(lines.map((line) => JSON.parse(line))));
}

async function onlyRun(folder: string): Promise<string> {
  const [name, second] = await runNames(folder);
  if (name === undefined || second !== undefined) throw new Error(`one run expected in ${folder}`);
  return join(folder, "runs", name);
}

async function runNames(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, "runs")).catch(() => []);
  return names.filter((name) => !name.startsWith("."));
}
