import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson } from "../../src/config/digest.js";
import { stableMetrics } from "../stable-metrics.js";
import { recordedRun } from "./record.js";

/** The first difference between two recordings in one of their files. */
export interface Difference {
  /** Path in the run directory, for example `batches/000003.batch`. */
  readonly file: string;
  /** The difference in one line. */
  readonly what: string;
}

/** Files and tokens that a comparison read. */
export interface Compared {
  readonly files: number;
  readonly bytes: number;
  readonly steps: number;
  readonly trainedTokens: number;
  readonly differences: readonly Difference[];
}

/**
 * A file reduced to the part that two recordings of the same behavior share: one part a line, or
 * the whole file.
 */
type Stable = readonly string[];
type Json = Readonly<Record<string, unknown>>;

/** Compared files: all, or the files that a resumed run shares with an uninterrupted run. */
export type Scope = "everything" | "resumed";

/**
 * Files that record when a run was stopped. They differ between a resumed and an uninterrupted run.
 */
const TELLS_OF_STOPS = /^(?:audit\.jsonl|checkpoints\/)/;

/**
 * Compares two recordings byte for byte, without values that depend on the clock, the machine or
 * the version of the code: times, processor time and memory in metrics; times, hashes over times,
 * versions and the machine in the audit log. A recording may be a run directory.
 *
 * @throws Error when a recording trained no token, because two such recordings are equal for any
 * code
 */
export async function compareRecordings(
  one: string,
  other: string,
  scope: Scope = "everything",
): Promise<Compared> {
  const [a, b] = [await readRecording(one), await readRecording(other)];
  const names = [...new Set([...a.keys(), ...b.keys()])]
    .filter((name) => scope === "everything" || !TELLS_OF_STOPS.test(name))
    .sort();
  const differences = names.flatMap((file) => {
    const what = firstDifference(a.get(file), b.get(file));
    return what === null ? [] : [{ file, what }];
  });
  const metrics = (a.get("metrics.jsonl") ?? []).map((line) => JSON.parse(line) as Json);
  const trainedTokens = metrics.reduce((sum, step) => sum + Number(step["trained_tokens"]), 0);
  if (trainedTokens === 0) throw new Error(`the recording in ${one} trained no token: nothing is compared`);
  const bytes = names.flatMap((name) => a.get(name) ?? []).reduce((sum, part) => sum + part.length, 0);
  return { files: names.length, bytes, steps: metrics.length, trainedTokens, differences };
}

/** Returns every compared file of a recording, by its path in the run directory. */
async function readRecording(folder: string): Promise<ReadonlyMap<string, Stable>> {
  const run = await recordedRun(folder);
  const whole = async (name: string) => [await readFile(join(run, name), "latin1")];
  const text = async (name: string) => readFile(join(run, name), "utf8").catch(() => "");
  const lines = async (name: string) => (await text(name)).split("\n").filter((line) => line !== "");
  const json = async (name: string) => JSON.parse(await readFile(join(run, name), "utf8")) as Json;
  const batches = (await readdir(join(run, "batches"))).filter((name) => name.endsWith(".batch"));
  const references = (await readdir(join(run, "checkpoints"))).filter((name) => name.endsWith(".json"));
  const files = new Map<string, Stable>([
    // The order of the settings follows the list of checks and has no effect.
    ["config.json", [canonicalJson(await json("config.json"))]],
    ["episodes.jsonl", await lines("episodes.jsonl")],
    ["review.jsonl", await lines("review.jsonl")],
    [
      "metrics.jsonl",
      (await lines("metrics.jsonl")).map((line) => JSON.stringify(stableMetrics(JSON.parse(line) as Json))),
    ],
    [
      "audit.jsonl",
      (await lines("audit.jsonl")).map((line) => JSON.stringify(stableEvent(JSON.parse(line) as Json))),
    ],
    ["batches/staged.json", [JSON.stringify(stableStage(await json("batches/staged.json")))]],
  ]);
  for (const name of batches) files.set(`batches/${name}`, await whole(`batches/${name}`));
  for (const name of references) {
    const { savedAt: _, ...reference } = await json(`checkpoints/${name}`);
    files.set(`checkpoints/${name}`, [JSON.stringify(withoutVarying(reference))]);
    const manifest = `checkpoints/${name.slice(0, -".json".length)}/manifest.json`;
    files.set(manifest, [JSON.stringify(stableManifest(await json(manifest)))]);
  }
  return files;
}

/**
 * Returns an audit record without times, hashes over times, and names of the code, the machine or
 * the place of the run.
 */
function stableEvent({ time: _, prev: __, hash: ___, ...record }: Json): Json {
  const data = withoutVarying(record["data"] as Json);
  if (record["event"] === "created") {
    const { id: _id, configDigest: _digest, provenance, ...rest } = data;
    const { argv, snapshot } = provenance as Json;
    return { ...record, data: { ...rest, provenance: { argv, snapshot } } };
  }
  if (record["event"] === "trainer") {
    const { versions: _versions, hardware: _hardware, ...rest } = data;
    return { ...record, data: rest };
  }
  return { ...record, data };
}

/**
 * Returns a record without the range of the metrics, whose times have no fixed length, and without
 * the digest of the manifest of the checkpoint, which includes the state of an unused generator
 * (`stableManifest`).
 */
function withoutVarying({ metrics: _, checkpoint, ...rest }: Json): Json {
  if (checkpoint === undefined || checkpoint === null) return { ...rest, checkpoint };
  const { digest: __, ...reference } = checkpoint as Json;
  return { ...rest, checkpoint: reference };
}

/**
 * Returns the digests of weights and moments. The generator of PyTorch starts with random data of
 * the system and has no effect.
 */
function stableManifest({ files, ...rest }: Json): Json {
  const { "rng.json": _, ...deciding } = files as Json;
  return { ...rest, files: deciding };
}

function stableStage({ sampled, opinions, ...rest }: Json): Json {
  const { seconds: _, cpuSeconds: __, ...counts } = sampled as Json;
  return { ...rest, sampled: counts, opinions: stableMetrics(opinions as Json) };
}

const EXCERPT = 60;

/** Returns the first difference, or null. */
function firstDifference(a: Stable | undefined, b: Stable | undefined): string | null {
  if (a === undefined || b === undefined) return `only the ${a === undefined ? "second" : "first"} has it`;
  const count = Math.min(a.length, b.length);
  for (let line = 0; line < count; line += 1) {
    const [left, right] = [a[line] as string, b[line] as string];
    if (left === right) continue;
    let at = 0;
    while (left[at] === right[at]) at += 1;
    if (isBinary(left)) return `byte ${at + 1} of ${left.length} and ${right.length}`;
    const shown = (text: string) =>
      JSON.stringify(text.slice(Math.max(0, at - EXCERPT / 2), at + EXCERPT / 2));
    return `line ${line + 1}, byte ${at + 1}: ${shown(left)} and ${shown(right)}`;
  }
  return a.length === b.length ? null : `${a.length} lines and ${b.length}`;
}

/** Batches contain bytes that a terminal cannot show. */
const isBinary = (text: string): boolean => text.includes("\0");
