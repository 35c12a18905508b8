import type { Environment, RunCommand } from "../../adapters/python/run-command.js";
import type { TrainerSource } from "../../adapters/python/source.js";
import type { TrainerTls } from "../../core/experiment/experiment.js";

/**
 * Outcome of a check. `warn`: it works, but less well than possible. `fail`: runs cannot work.
 * `skip`: the check was not possible.
 */
export type CheckStatus = "ok" | "warn" | "fail" | "skip";

/** One row of `spice doctor`. */
export interface Check {
  /** Stable, for scripts. */
  readonly id: string;
  readonly status: CheckStatus;
  /** What was found. */
  readonly detail: string;
  /** What to do; empty when there is nothing to do. */
  readonly hint: string;
}

/** What `spice doctor --json` prints. */
export interface DoctorReport {
  readonly checks: readonly Check[];
  /** False when any check failed. */
  readonly ok: boolean;
}

/** What the checks look at. */
export interface DoctorDeps {
  readonly environment: Environment;
  readonly source: TrainerSource;
  readonly run: RunCommand;
  /** Folder that runs are written to, for the disk check. */
  readonly folder: string;
  /** Address of a trainer that somebody else started; null when one is started on demand. */
  readonly address: string | null;
  readonly token: string | null;
  /** Files of mutual TLS to `address`. */
  readonly tls: TrainerTls | null;
  readonly signal: AbortSignal;
  /** Called as soon as a check is done. */
  readonly onCheck: (check: Check) => void;
}

export const ok = (id: string, detail: string): Check => ({ id, status: "ok", detail, hint: "" });
export const warn = (id: string, detail: string, hint: string): Check => ({
  id,
  status: "warn",
  detail,
  hint,
});
export const fail = (id: string, detail: string, hint: string): Check => ({
  id,
  status: "fail",
  detail,
  hint,
});
export const skip = (id: string, detail: string, hint = ""): Check => ({ id, status: "skip", detail, hint });
