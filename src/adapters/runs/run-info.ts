import { readFile } from "node:fs/promises";
import { SpiceError } from "../../app/errors.js";
import { errorCode, fileError } from "../files/errors.js";
import type { RunPaths } from "./layout.js";

export type RunStatus = "running" | "finished" | "interrupted" | "failed";

/** run.json: who a run is. Everything else about it is in the files beside. */
export interface RunInfo {
  readonly schema: "spice.run/1";
  readonly id: string;
  readonly name: string;
  readonly seed: number;
  readonly status: RunStatus;
  /** Why it has this status, for people; empty when there is nothing to say. */
  readonly detail: string;
  /** UTC, ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** How often a process worked on it: 1, plus 1 for each resume. */
  readonly attempts: number;
  /** SHA-256 of config.json, hex. */
  readonly configDigest: string;
  /** What the run was made with: command line, git commit, versions, snapshot, hardware. */
  readonly provenance: Readonly<Record<string, unknown>>;
}

/** @throws SpiceError `RUN_NOT_FOUND` (exit 2) when the folder is not a run directory, `RUN_DAMAGED` (exit 5) when it cannot be read */
export async function readInfo(paths: RunPaths): Promise<RunInfo> {
  let text: string;
  try {
    text = await readFile(paths.info, "utf8");
  } catch (error) {
    if (!["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? ""))
      throw fileError(error, "reading the run", paths.info, "store");
    throw new SpiceError("There is no run in this folder: it has no run.json.", {
      code: "RUN_NOT_FOUND",
      boundary: "store",
      where: paths.directory,
      hint: "`spice runs list` shows the runs.",
      exit: 2,
      cause: error,
    });
  }
  const info = parseObject(text, paths.info) as unknown as RunInfo;
  if (info.schema !== "spice.run/1") {
    throw new SpiceError(`The run was written in another format (${String(info.schema)}).`, {
      code: "RUN_FORMAT",
      boundary: "store",
      where: paths.info,
      hint: "Read it with the version of spice that made it.",
      exit: 3,
    });
  }
  return info;
}

/** A file's JSON object. @throws SpiceError `RUN_DAMAGED` (exit 5) */
export function parseObject(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Falls through to the error below: torn JSON and JSON of another shape are the same to the reader.
  }
  throw damagedRun("A file of the run does not hold a JSON object.", path);
}

/** The run's files contradict its audit log, or cannot be read. */
export function damagedRun(message: string, where: string): SpiceError {
  return new SpiceError(message, {
    code: "RUN_DAMAGED",
    boundary: "store",
    where,
    hint: "Restore the run directory from a copy, or start a new run.",
    exit: 5,
  });
}
