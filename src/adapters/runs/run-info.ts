import { readFile } from "node:fs/promises";
import { SpiceError } from "../../app/errors.js";
import { errorCode, fileError } from "../files/errors.js";
import type { RunPaths } from "./layout.js";

/** Status of a run in run.json. */
export type RunStatus = "running" | "finished" | "interrupted" | "failed";

/**
 * Content of run.json: the identity and status of a run. Everything else is in the other files of
 * the run directory.
 */
export interface RunInfo {
  readonly schema: "spice.run/1";
  readonly id: string;
  readonly name: string;
  readonly seed: number;
  readonly status: RunStatus;
  /** Reason for this status, for people; may be empty. */
  readonly detail: string;
  /** UTC, ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Number of processes that worked on the run: 1, and 1 more for each resume. */
  readonly attempts: number;
  /** SHA-256 of config.json, in hexadecimal digits. */
  readonly configDigest: string;
  /** Origin of the run: command line, git commit, versions, snapshot, hardware. */
  readonly provenance: Readonly<Record<string, unknown>>;
}

/**
 * Reads run.json.
 *
 * @throws SpiceError `RUN_NOT_FOUND` (exit 2) when the folder is not a run directory, `RUN_FORMAT`
 * (exit 3) for another version of the format, `RUN_DAMAGED` (exit 5) when run.json is not a JSON
 * object
 */
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
      hint: "Read it with the version of spice that wrote it.",
      exit: 3,
    });
  }
  return info;
}

/** Parses a JSON object. @throws SpiceError `RUN_DAMAGED` (exit 5) */
export function parseObject(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // The error below is for incomplete JSON and for JSON of another type.
  }
  throw damagedRun("A file of the run does not contain a JSON object.", path);
}

/** The error for a run whose files cannot be read or do not match its audit log. */
export function damagedRun(message: string, where: string): SpiceError {
  return new SpiceError(message, {
    code: "RUN_DAMAGED",
    boundary: "store",
    where,
    hint: "Restore the run directory from a copy, or start a new run.",
    exit: 5,
  });
}
