import { dirname, join } from "node:path";
import { EXIT, SpiceError } from "../../app/errors.js";
import type { Python } from "../python/interpreter.js";
import type { CommandOptions, CommandResult, Environment, RunCommand } from "../python/run-command.js";
import type { EnvironmentPaths } from "./environments.js";
import { installFailure, isNetworkFailure } from "./failures.js";

/** The parameters that all install steps share. */
export interface InstallContext {
  readonly run: RunCommand;
  readonly environment: Environment;
  readonly onProgress: (line: string) => void;
  /** Lock file of uv itself, `trainer-py/locks/uv.txt`. */
  readonly uvLock: string;
  readonly signal?: AbortSignal;
}

const PIP_QUIET = ["--disable-pip-version-check", "--no-input", "--quiet"];
// Timeout of uv in seconds. uv's default of 30 s is too short for a wheel of 500 MB from a slow
// mirror.
const UV_TIMEOUT_SECONDS = "300";
/**
 * Lines of uv that list a package. They are not shown, because the marker records the important
 * versions.
 */
const PACKAGE_LINE = /^ [-+~] /;

/**
 * Creates an empty environment at `paths.folder`, with uv if it exists (seconds faster), else with
 * `python -m venv`.
 *
 * @throws SpiceError `PYTHON_WITHOUT_VENV`, or the error of `installFailure` (exit 3)
 */
export async function createEnvironment(
  context: InstallContext,
  python: Python,
  paths: EnvironmentPaths,
): Promise<void> {
  const uv = await hasUv(context);
  if (!uv && !python.canBootstrapPip) throw cannotCreate(python);
  const argv = uv
    ? ["uv", "venv", "--quiet", "--clear", "--python", python.executable, paths.folder]
    : [python.executable, "-m", "venv", "--clear", paths.folder];
  const { status, stdout, stderr } = await context.run(argv, commandOptions(context));
  // `venv` reports a missing ensurepip on stdout.
  if (status !== 0)
    throw installFailure(
      `Creating an environment with ${python.executable}`,
      `${stdout}\n${stderr}`,
      context.environment,
    );
}

function cannotCreate({ executable, version }: Python): SpiceError {
  return new SpiceError(
    `Python ${version} cannot create environments: its venv and ensurepip modules are missing.`,
    {
      code: "PYTHON_WITHOUT_VENV",
      boundary: "install",
      where: executable,
      hint: "Install them (Debian: apt-get install python3-venv), or uv, or set SPICE_PYTHON to another Python.",
      exit: EXIT.environment,
    },
  );
}

/**
 * Installs the packages of a lock file with hashes. It uses uv from PATH, else uv installed into
 * the environment. It uses pip when there is no uv, or when uv reaches no package index.
 *
 * @throws SpiceError, see `installFailure` (exit 3)
 */
export async function installLock(context: InstallContext, paths: EnvironmentPaths): Promise<void> {
  const uv = (await hasUv(context)) ? ["uv"] : await bootstrapUv(context, paths);
  const last = uv === null ? null : await uvInstall(context, uv, paths);
  if (last?.status === 0) return;
  const hasPip =
    (await context.run([paths.python, "-m", "pip", "--version"], commandOptions(context))).status === 0;
  // pip reads pip.conf and uv does not, so a mirror or proxy may be configured for one of them
  // only.
  if (hasPip && (last === null || isNetworkFailure(last.stderr))) {
    context.onProgress(
      last === null ? "installing with pip (slower than uv)" : "uv reached no package index; trying pip",
    );
    const pip = await context.run(
      pipInstall(paths.python, paths.lockFile),
      commandOptions(context, context.onProgress),
    );
    if (pip.status === 0) return;
    throw installFailure("Installing with pip", pip.stderr, context.environment);
  }
  throw installFailure(
    "Installing with uv",
    last?.stderr ?? "neither uv nor pip is available",
    context.environment,
  );
}

async function bootstrapUv(context: InstallContext, paths: EnvironmentPaths): Promise<string[] | null> {
  context.onProgress("fetching uv, the installer");
  const { status } = await context.run(pipInstall(paths.python, context.uvLock), commandOptions(context));
  return status === 0 ? [join(dirname(paths.python), "uv")] : null;
}

function uvInstall(
  context: InstallContext,
  uv: readonly string[],
  paths: EnvironmentPaths,
): Promise<CommandResult> {
  const argv = [
    ...uv,
    "pip",
    "install",
    "--python",
    paths.python,
    // A lock file lists all packages, so no dependency has to be resolved. A version that no index
    // has (torch+cpu) then causes no failure.
    "--no-deps",
    "--require-hashes",
    "--only-binary",
    ":all:",
    "-r",
    paths.lockFile,
  ];
  return context.run(argv, commandOptions(context, context.onProgress));
}

function pipInstall(python: string, lock: string): string[] {
  return [
    python,
    "-m",
    "pip",
    "install",
    ...PIP_QUIET,
    "--no-deps",
    "--require-hashes",
    "--only-binary",
    ":all:",
    "-r",
    lock,
  ];
}

async function hasUv(context: InstallContext): Promise<boolean> {
  return (await context.run(["uv", "--version"], commandOptions(context))).status === 0;
}

function commandOptions(context: InstallContext, onLine?: (line: string) => void): CommandOptions {
  return {
    environment: { UV_HTTP_TIMEOUT: UV_TIMEOUT_SECONDS, ...context.environment, VIRTUAL_ENV: undefined },
    ...(context.signal === undefined ? {} : { signal: context.signal }),
    ...(onLine === undefined ? {} : { onLine: (line: string) => PACKAGE_LINE.test(line) || onLine(line) }),
  };
}
