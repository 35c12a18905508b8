import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { compareRuns, readRunFiles } from "../chaos/compare.js";
import type { Scenario } from "../chaos/scenario.js";
import { type Ended, startVictim, type Victim } from "../chaos/victim.js";

/** Number of steps of a disturbed run: two checkpoints and steps after them. */
const STEPS = 12;

/** How a `spice` process ended: exit code and error code. */
export interface Said extends Ended {
  /** For example `DISK_FULL`; empty without an error code. */
  readonly error: string;
}

/** A folder for `spice` processes. */
export class Place implements AsyncDisposable {
  constructor(
    readonly folder: string,
    private readonly scenario: Scenario,
  ) {}

  /** Starts `spice`. Extra environment variables replace those of the scenario. */
  start(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Victim {
    return startVictim(this.folder, args, { ...this.scenario.environment, ...environment });
  }

  /** Runs `spice` to its end. */
  async spice(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Said> {
    return said(await this.start(args, environment).done);
  }

  /** Returns the arguments of the run. Later settings replace earlier settings. */
  train(...settings: readonly string[]): string[] {
    return [...this.scenario.arguments(1), ...settings.flatMap((one) => ["-s", one]), "-s", `steps=${STEPS}`];
  }

  /** Resumes the run in this folder. */
  resume(environment: NodeJS.ProcessEnv = {}): Promise<Said> {
    return this.spice(["train", "--resume"], environment);
  }

  /** Returns the run directories of this folder. */
  async runs(root = join(this.folder, "runs")): Promise<string[]> {
    const names = await readdir(root).catch(() => []);
    return names.filter((name) => !name.startsWith(".")).map((name) => join(root, name));
  }

  /** Returns the only run directory. */
  async run(root?: string): Promise<string> {
    const [only, second] = await this.runs(root);
    if (only === undefined || second !== undefined) throw new Error(`one run expected in ${this.folder}`);
    return only;
  }

  /** Waits until the run has committed this many steps. Returns false when `victim` ended first. */
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

  /** Whether a run in this folder equals the undisturbed run in every step. */
  async equals(undisturbed: string, root?: string): Promise<boolean> {
    const one = compareRuns(await readRunFiles(undisturbed), await readRunFiles(await this.run(root)));
    return one.stepsLost === 0 && one.stepsDoubled === 0 && one.episodesEqual && one.digestsEqual;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Returns the last error of a `spice` process. */
export function said(ended: Ended): Said {
  const named = [...ended.stderr.matchAll(/^error ([A-Z_0-9]+) /gm)].at(-1)?.[1];
  return { ...ended, error: named ?? "" };
}
