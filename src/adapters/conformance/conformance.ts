import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT, SpiceError } from "../../app/errors.js";
import { type Environment, runCommand } from "../python/run-command.js";

/** Result of a check. `inconclusive` and `skipped` are not failures. */
export type Verdict = "pass" | "fail" | "inconclusive" | "skipped";

/** Result of a check of the conformance kit on a trainer. */
export interface CheckResult {
  /** Stable name of the check, `area.name`. */
  readonly id: string;
  readonly area: string;
  readonly verdict: Verdict;
  /** The observation, in one sentence. */
  readonly evidence: string;
  /** The rule of a proto file that the check tests. */
  readonly rule: string;
  readonly seconds: number;
  /** What a failure may share with other failures; empty when nothing is known. */
  readonly cause: string;
}

/** What failed before the checks. The checks run without it. */
export interface Trouble {
  /** For example `training before the checks`. */
  readonly what: string;
  readonly evidence: string;
}

/** What several failed checks have in common. */
export interface SharedCause {
  /** An exception of the trainer with its place, or an explanation that fits the numbers. */
  readonly cause: string;
  /** Names of the failed checks. */
  readonly checks: readonly string[];
}

/**
 * The JSON report of the kit, schema `spice.conformance/1`. It has the number of checks for each
 * result.
 */
export interface ConformanceReport extends Readonly<Record<Verdict, number>> {
  readonly backend: string;
  readonly address: string;
  /** What the trainer declares, by the names of `spice_trainer.api.Capabilities`. */
  readonly declared: Readonly<Record<string, readonly string[] | number>>;
  readonly troubles: readonly Trouble[];
  /** The cause of most failures first. */
  readonly causes: readonly SharedCause[];
  readonly checks: readonly CheckResult[];
}

/** Options of `runConformance`. */
export interface ConformanceOptions {
  /** An interpreter with grpcio, protobuf and numpy (`findInterpreter`). */
  readonly python: string;
  /** Folder that contains `spice_conformance/`. */
  readonly root: string;
  readonly environment: Environment;
  /** Address of a running trainer without other clients. The kit trains it. */
  readonly address: string;
  /** Bearer token of the trainer; null for a trainer that needs no token. */
  readonly token: string | null;
  /** Model with which the session is opened. */
  readonly model: string;
  /** Engine settings as one JSON object; empty for none. */
  readonly engine: string;
  readonly maxContextTokens: number;
  /** Rank of the adapters that are trained; 0 trains all parameters. */
  readonly loraRank: number;
  /** Names of areas or checks; empty for all. */
  readonly only: readonly string[];
  /**
   * Checkpoint folder of a trainer on this machine. With it, the kit also tests damaged
   * checkpoints. Null for a trainer on another machine.
   */
  readonly checkpointRoot: string | null;
  /** Called with the line of each check when the check ends. */
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Exit codes with a report: no check failed, or a check failed. Other codes are refusals. */
const REPORTS: readonly (number | null)[] = [EXIT.ok, EXIT.verification];

/**
 * Runs the conformance kit, a Python program, on a running trainer.
 *
 * @throws SpiceError `CONFORMANCE_USAGE` (exit 2) for an unknown check, `CONFORMANCE_TARGET` (exit
 * 3) for a trainer that cannot be tested: it is not reachable, it is in use, or it does not have
 * the model
 */
export async function runConformance(options: ConformanceOptions): Promise<ConformanceReport> {
  const secrets = await mkdtemp(join(tmpdir(), "spice-"));
  try {
    const tokenFile = join(secrets, "token");
    if (options.token !== null) await writeFile(tokenFile, options.token, { mode: 0o600 });
    const { environment, root, onLine, signal } = options;
    const { status, stdout, stderr } = await runCommand(
      [options.python, "-m", "spice_conformance", ...kitArguments(options, tokenFile)],
      {
        environment: { ...environment, PYTHONPATH: root },
        onLine,
        ...(signal === undefined ? {} : { signal }),
      },
    );
    if (!REPORTS.includes(status)) throw refused(status, stderr, options.address);
    return JSON.parse(stdout) as ConformanceReport;
  } finally {
    await rm(secrets, { recursive: true, force: true });
  }
}

/**
 * The checks of the kit and the rules that they test, as the kit prints them.
 *
 * @param json true for one JSON document, false for a table
 */
export async function listConformance(
  python: string,
  root: string,
  json: boolean,
  environment: Environment,
): Promise<string> {
  const argv = [python, "-m", "spice_conformance", "--list", ...(json ? ["--json"] : [])];
  const { stdout } = await runCommand(argv, { environment: { ...environment, PYTHONPATH: root } });
  return stdout;
}

function kitArguments(options: ConformanceOptions, tokenFile: string): string[] {
  return [
    ...["--json", "--target", options.address, "--model", options.model],
    ...["--max-context-tokens", String(options.maxContextTokens), "--lora-rank", String(options.loraRank)],
    ...(options.token === null ? [] : ["--token-file", tokenFile]),
    ...(options.engine === "" ? [] : ["--engine", options.engine]),
    ...(options.checkpointRoot === null ? [] : ["--checkpoint-root", options.checkpointRoot]),
    ...options.only.flatMap((name) => ["--only", name]),
  ];
}

function refused(status: number | null, stderr: string, address: string): SpiceError {
  const said = stderr.trim().split("\n").at(-1) ?? "it said nothing";
  if (status === EXIT.usage) {
    return new SpiceError(`The conformance kit refused its arguments: ${said}.`, {
      code: "CONFORMANCE_USAGE",
      boundary: "cli",
      hint: "`spice trainer check --list` shows areas and checks.",
      exit: EXIT.usage,
    });
  }
  return new SpiceError(`The conformance kit ended: ${said}.`, {
    code: "CONFORMANCE_TARGET",
    boundary: "trainer",
    where: address,
    hint: "Start a trainer for the test alone; --model names what it opens, SPICE_TRAINER_TOKEN holds its token.",
    exit: EXIT.environment,
  });
}
