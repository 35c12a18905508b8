import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Finished } from "../process.js";
import { FAKE, set, type Workplace, withTowns, workplaceIn } from "../spice.js";

/** Settings of the finished run that tests share: every step has a checkpoint, and all are kept. */
export const FINISHED = [...FAKE, "corpus.kinds=[]", "run.saveEverySteps=1", "run.keepCheckpoints=9"];

/** A finished run of three steps on the fake trainer. */
export interface FinishedRun {
  /** Folder with the corpus and the folder of the runs. It belongs to many tests: change copies. */
  readonly folder: string;
  /** Id of the only run in `runs`. */
  readonly id: string;
  /** What `spice train --json` left, which was a process of its own. */
  readonly done: Finished;
}

/**
 * A folder that all tests of one call of Jest share. The first test that asks for it makes it, and
 * the others wait.
 */
async function shared(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const root = process.env["SPICE_TESTS_SHARED"];
  if (root === undefined) throw new Error("tests/cli/shared/setup.mjs did not run");
  const folder = join(root, name);
  // Only one process can make the folder.
  const mine = await mkdir(folder).then(
    () => true,
    () => false,
  );
  if (mine) {
    try {
      await make(folder);
      await writeFile(`${folder}.ready`, "");
    } catch (error) {
      await writeFile(`${folder}.failed`, String(error));
      throw error;
    }
  }
  while (!existsSync(`${folder}.ready`)) {
    if (existsSync(`${folder}.failed`)) throw new Error(await readFile(`${folder}.failed`, "utf8"));
    await sleep(100);
  }
  return folder;
}

const corpus = () => shared("corpus", (folder) => withTowns(workplaceIn(folder)));

/** The corpus of towns, as ./corpus. */
export async function copyCorpus(to: Workplace): Promise<void> {
  await cp(join(await corpus(), "corpus"), join(to.folder, "corpus"), { recursive: true });
}

/** The finished run that tests share. */
export async function finishedRun(): Promise<FinishedRun> {
  const folder = await shared("finished-run", async (made) => {
    const place = workplaceIn(made);
    await copyCorpus(place);
    const done = await place.run("train", ...set(...FINISHED), "--name", "town", "--json");
    if (done.code !== 0) throw new Error(`train failed: ${done.stderr}`);
    await place.write("done.json", JSON.stringify(done));
  });
  const [id = ""] = await readdir(join(folder, "runs"));
  return { folder, id, done: JSON.parse(await readFile(join(folder, "done.json"), "utf8")) as Finished };
}

/**
 * The finished run and its corpus, as ./corpus and a folder in ./runs.
 *
 * @param runs another folder of the runs
 * @returns id of the run, which is the name of its folder
 */
export async function copyFinishedRun(to: Workplace, runs = "runs"): Promise<string> {
  const { folder, id } = await finishedRun();
  await cp(join(folder, "corpus"), join(to.folder, "corpus"), { recursive: true });
  await cp(join(folder, "runs"), join(to.folder, runs), { recursive: true });
  return id;
}
