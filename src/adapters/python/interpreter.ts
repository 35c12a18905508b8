import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { EXIT, SpiceError } from "../../app/errors.js";
import type { Environment, RunCommand } from "./run-command.js";

/** A Python interpreter that ran successfully. */
export interface Python {
  /** Path of the interpreter itself. A shim on PATH may have started it. */
  readonly executable: string;
  /** For example `3.11.7`. */
  readonly version: string;
  /**
   * True when `python -m venv` can install pip into an environment. Debian puts this into the
   * separate package python3-venv.
   */
  readonly canBootstrapPip: boolean;
}

/** A range of minor versions of Python 3. `from` is included and `below` is not. */
export interface Minors {
  readonly from: number;
  readonly below: number;
}

/** The versions that the sidecar supports. */
export const SUPPORTED: Minors = { from: 11, below: 15 };
/** The first name is the version that the tests use. */
const NAMES = ["python3.11", "python3.12", "python3.13", "python3.14", "python3", "python"];
const PROBE = [
  "import sys,json,importlib.util as u",
  "print(json.dumps([list(sys.version_info[:3]),sys.executable,bool(u.find_spec('ensurepip')),sys.maxsize>2**32]))",
].join(";");
const PROBE_TIMEOUT_MS = 20_000;

/**
 * Finds a 64-bit Python of the given versions by running each candidate. If `$SPICE_PYTHON` is set,
 * it is the only candidate. Otherwise the candidates are the names on PATH, the versions of pyenv,
 * and the Python that uv finds. An interpreter with pip support is preferred. A candidate that does
 * not run is skipped.
 *
 * @throws SpiceError `NO_PYTHON` (exit 3); `where` names the candidates and why each was rejected
 */
export async function findPython(
  run: RunCommand,
  environment: Environment,
  minors: Minors = SUPPORTED,
): Promise<Python> {
  const chosen = environment["SPICE_PYTHON"];
  const tried: string[] = [];
  let second: Python | null = null;
  for await (const candidate of chosen ? [chosen] : candidates(run, environment, minors)) {
    const { python, why } = await probe(run, environment, candidate, minors);
    if (python?.canBootstrapPip) return python;
    second ??= python;
    if (why !== null) tried.push(`${candidate} (${why})`);
  }
  if (second !== null) return second;
  throw new SpiceError(`No Python between 3.${minors.from} and 3.${minors.below - 1} was found.`, {
    code: "NO_PYTHON",
    boundary: "install",
    where: tried.length === 0 ? (chosen ?? "nothing on PATH") : `tried ${tried.join(", ")}`,
    hint: chosen
      ? `SPICE_PYTHON must name an interpreter of Python 3.${minors.from} to 3.${minors.below - 1} that runs.`
      : "Install one (Debian: apt-get install python3 python3-venv), or set SPICE_PYTHON to its path.",
    exit: EXIT.environment,
  });
}

async function* candidates(run: RunCommand, environment: Environment, minors: Minors): AsyncIterable<string> {
  yield* NAMES;
  const versions = join(environment["PYENV_ROOT"] ?? join(homedir(), ".pyenv"), "versions");
  for (const version of (await readdir(versions).catch(() => [])).sort()) {
    yield join(versions, version, "bin", "python3");
  }
  const uv = await run(["uv", "python", "find", `>=3.${minors.from},<3.${minors.below}`], {
    environment,
    timeoutMs: PROBE_TIMEOUT_MS,
  });
  if (uv.status === 0 && uv.stdout.trim() !== "") yield uv.stdout.trim();
}

async function probe(
  run: RunCommand,
  environment: Environment,
  candidate: string,
  minors: Minors,
): Promise<{ python: Python | null; why: string | null }> {
  const { status, stdout } = await run([candidate, "-c", PROBE], {
    environment,
    timeoutMs: PROBE_TIMEOUT_MS,
  });
  // A missing program is common and is not reported.
  if (status === null) return { python: null, why: null };
  const answer = status === 0 ? parseProbe(stdout) : null;
  if (answer === null) return { python: null, why: "does not run" };
  const [version, executable, canBootstrapPip, wide] = answer;
  const text = version.join(".");
  const [major = 0, minor = 0] = version;
  if (major !== 3 || minor < minors.from || minor >= minors.below) return { python: null, why: text };
  if (!wide) return { python: null, why: `${text}, 32-bit` };
  return { python: { executable, version: text, canBootstrapPip }, why: null };
}

type Probe = [version: number[], executable: string, canBootstrapPip: boolean, wide: boolean];

function parseProbe(stdout: string): Probe | null {
  try {
    return JSON.parse(stdout) as Probe;
  } catch {
    return null;
  }
}
