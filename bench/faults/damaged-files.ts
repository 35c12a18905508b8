import { open, readdir, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { type Fault, outcome } from "./fault.js";
import type { Place } from "./place.js";

/** Kill both processes once this many steps are committed. */
async function killedAfter(place: Place, steps: number): Promise<string> {
  const victim = place.start(place.train());
  if (!(await place.committed(steps, victim))) throw new Error("the run ended before it could be killed");
  await victim.kill("both");
  await victim.done;
  return place.run();
}

/** One byte in the middle of the newest checkpoint's largest file is flipped: the run goes on from the one before, and says so. */
export const damagedCheckpoint: Fault = {
  name: "damaged checkpoint",
  async run({ place: prepare, undisturbed }) {
    await using place = await prepare();
    const run = await killedAfter(place, 11);
    const folders = (await readdir(join(run, "checkpoints"))).filter((name) => /^\d+$/.test(name)).sort();
    const newest = join(run, "checkpoints", folders.at(-1) ?? "");
    const name = (await readdir(newest)).find((one) => one.endsWith(".safetensors"));
    if (name === undefined) throw new Error(`no tensors in ${newest}`);
    await flip(join(newest, name));
    const { code } = await place.resume();
    const audit = await readFile(join(run, "audit.jsonl"), "utf8");
    return outcome(`a byte of checkpoint ${folders.at(-1)} flipped (kept: ${folders.join(", ")})`, {
      "resume exit 0": code === 0,
      "said in the audit log": /damaged/i.test(audit),
      "same run": code === 0 && (await place.equals(undisturbed)),
    });
  },
};

/** The last line of the episodes is cut in its middle, as a power cut leaves it. */
export const tornEpisodes: Fault = {
  name: "torn episodes.jsonl",
  async run({ place: prepare, undisturbed }) {
    await using place = await prepare();
    const run = await killedAfter(place, 8);
    const path = join(run, "episodes.jsonl");
    const text = await readFile(path);
    const last = text.lastIndexOf("\n", text.length - 2) + 1;
    await truncate(path, Math.floor((last + text.length) / 2));
    const { code, error } = await place.resume();
    return outcome("killed after step 8, last line cut in half", {
      "resume exit": code ?? "killed",
      says: error || "nothing",
      "same run": code === 0 && (await place.equals(undisturbed)),
    });
  },
};

async function flip(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    const at = Math.floor((await file.stat()).size / 2);
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    byte[0] = (byte[0] ?? 0) ^ 0xff;
    await file.write(byte, 0, 1, at);
  } finally {
    await file.close();
  }
}
