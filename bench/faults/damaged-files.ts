import { open, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Fault, outcome } from "./fault.js";
import type { Place } from "./place.js";

/** Kills both processes after this many committed steps. */
async function killedAfter(place: Place, steps: number): Promise<string> {
  const victim = place.start(place.train());
  if (!(await place.committed(steps, victim))) throw new Error("the run ended before it could be killed");
  await victim.kill("both");
  await victim.done;
  return place.run();
}

/**
 * A byte in the middle of the largest file of the newest checkpoint is changed: the run continues
 * from the checkpoint before, and reports it.
 */
export const damagedCheckpoint: Fault = {
  name: "damaged checkpoint",
  async run({ place: prepare, undisturbed }) {
    await using place = await prepare();
    const run = await killedAfter(place, 11);
    const folders = (await readdir(join(run, "checkpoints"))).filter((one) => /^\d+$/.test(one)).sort();
    const newest = join(run, "checkpoints", folders.at(-1) ?? "");
    const name = (await readdir(newest)).find((one) => one.endsWith(".safetensors"));
    if (name === undefined) throw new Error(`no tensors in ${newest}`);
    await flip(join(newest, name));
    const { code } = await place.resume();
    const audit = await readFile(join(run, "audit.jsonl"), "utf8");
    return outcome(`a byte of checkpoint ${folders.at(-1)} flipped (kept: ${folders.join(", ")})`, {
      "resume exit 0": code === 0,
      "said in the audit log": audit.includes("checkpoint_unusable"),
      "same run": code === 0 && (await place.equals(undisturbed)),
    });
  },
};

/**
 * An incomplete line at the end of the episodes, as a kill during a write leaves it, is set aside.
 * A committed line that is cut cannot come from a crash, because it was flushed before the step
 * counted. Then no step is played over it, and the run reports the damage.
 */
export const tornEpisodes: Fault = {
  name: "torn episodes.jsonl",
  async run({ place: prepare, undisturbed }) {
    await using place = await prepare();
    const run = await killedAfter(place, 8);
    const path = join(run, "episodes.jsonl");
    const whole = await readFile(path);
    const last = whole.lastIndexOf("\n", whole.length - 2) + 1;
    const half = whole.subarray(last, Math.floor((last + whole.length) / 2));
    await writeFile(path, whole.subarray(0, 100));
    const cut = await place.resume();
    await writeFile(path, Buffer.concat([whole, half]));
    const torn = await place.resume();
    return outcome("killed after step 8; committed lines cut, then restored with half a line more", {
      "cut: exit 5": cut.code === 5,
      says: cut.error,
      "as documented": cut.error === "RUN_DAMAGED",
      "half a line: exit 0": torn.code === 0,
      "same run": torn.code === 0 && (await place.equals(undisturbed)),
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
