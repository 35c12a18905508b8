import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { SpiceError } from "../../app/errors.js";
import { errorCode } from "../files/errors.js";
import { type RunReader, type RunState, readRun } from "./read-run.js";

/** A line of `spice runs list`. */
export interface RunSummary {
  readonly id: string;
  readonly directory: string;
  readonly name: string;
  readonly seed: number;
  readonly state: RunState | "damaged";
  /** Last committed step, and number of steps in the configuration. */
  readonly step: number;
  readonly steps: number;
  /** UTC, ISO 8601; empty when the run is damaged. */
  readonly createdAt: string;
  /** Reason for this state; may be empty. */
  readonly detail: string;
}

/**
 * Runs in a folder, newest first. Folders without a run are left out. A damaged run has the state
 * `damaged`.
 */
export async function listRuns(root: string): Promise<RunSummary[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  });
  const found: RunSummary[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name.startsWith(".")) continue;
    const summary = await summarize(join(root, entry.name), entry.name);
    if (summary !== null) found.push(summary);
  }
  return found.sort((a, b) =>
    a.createdAt === b.createdAt ? compare(b.id, a.id) : compare(b.createdAt, a.createdAt),
  );
}

async function summarize(directory: string, folder: string): Promise<RunSummary | null> {
  try {
    const run = await readRun(directory);
    return {
      id: run.info.id,
      directory,
      name: run.info.name,
      seed: run.info.seed,
      state: run.state,
      step: run.steps.at(-1)?.step ?? 0,
      steps: run.config.steps,
      createdAt: run.info.createdAt,
      detail: run.info.detail === "" ? untrained(run) : run.info.detail,
    };
  } catch (error) {
    if (!(error instanceof SpiceError)) throw error;
    if (error.code === "RUN_NOT_FOUND") return null;
    return {
      id: folder,
      directory,
      name: "",
      seed: 0,
      state: "damaged",
      step: 0,
      steps: 0,
      createdAt: "",
      detail: error.message,
    };
  }
}

/** Words for a run whose steps left the weights as they were; else empty. */
function untrained({ start, steps }: RunReader): string {
  const last = steps.at(-1);
  return last !== undefined && last.policyDigest === start?.policyDigest ? "no step changed the weights" : "";
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
