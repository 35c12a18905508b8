import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { compareRuns, readRunFiles } from "../chaos/compare.js";
import type { Scenario } from "../chaos/scenario.js";
import { type Ended, startVictim, type Victim } from "../chaos/victim.js";

/** Steps of a disturbed run: two checkpoints and something after them. */
const STEPS = 12;

/** How a `spice` ended: exit code and the error it named. */
export interface Said extends Ended {
  /** `DISK_FULL`; empty when it named none. */
  readonly error: string;
}

/** A folder that a `spice` works in. */
export class Place implements AsyncDisposable {
  constructor(
    readonly folder: string,
    private readonly scenario: Scenario,
  ) {}

  /** Start `spice`; extra environment variables go over the scenario's. */
  start(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Victim {
    return startVictim(this.folder, args, { ...this.scenario.environment, ...environment });
  }

  /** Run `spice` to its end. */
  async spice(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Said> {
    return said(await this.start(args, environment).done);
  }

  /** Arguments of the run; settings after them win. */
  train(...settings: readonly string[]): string[] {
    return [...this.scenario.arguments(1), ...settings.flatMap((one) => ["-s", one]), "-s", `steps=${STEPS}`];
  }

  /** Go on with the run here. */
  resume(environment: NodeJS.ProcessEnv = {}): Promise<Said> {
    return this.spice(["train", "--resume"], environment);
  }

  /** Run directories here. */
  async runs(root = join(this.folder, "runs")): Promise<string[]> {
    const names = await readdir(root).catch(() => []);
    return names.filter((name) => !name.startsWith(".")).map((name) => join(root, name));
  }

  /** The only run directory. */
  async run(root?: string): Promise<string> {
    const [only, second] = await this.runs(root);
    if (only === undefined || second !== undefined) throw new Error(`one run expected in ${this.folder}`);
    return only;
  }

  /** Wait until the run has committed this many steps; false when `victim` ended first. */
  async committed(steps: number, victim: Victim, root?: string): Promise<boolean> {
    let ended = false;
    void victim.done.then(() => {
      ended = true;
    });
    while (!ended) {
      const [run] = await this.runs(root);
      const text =
        run === undefined ? "" : await readFile(join(run, "metrics.jsonl"), "utf8").catch(() => "");
      if (text.split("\n").length - 1 >= steps) return true;
      await sleep(20);
    }
    return false;
  }

  /** Whether a run here is step for step the undisturbed one. */
  async equals(undisturbed: string, root?: string): Promise<boolean> {
    const one = compareRuns(await readRunFiles(undisturbed), await readRunFiles(await this.run(root)));
    return one.stepsLost === 0 && one.stepsDoubled === 0 && one.episodesEqual && one.digestsEqual;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The error a `spice` named last. */
export function said(ended: Ended): Said {
  const named = [...ended.stderr.matchAll(/^error ([A-Z_0-9]+) /gm)].at(-1)?.[1];
  return { ...ended, error: named ?? "" };
}
