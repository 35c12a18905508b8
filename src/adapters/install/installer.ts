import { dirname, join } from "node:path";
import { EXIT, SpiceError } from "../../app/errors.js";
import type { Python } from "../python/interpreter.js";
import type { CommandOptions, CommandResult, Environment, RunCommand } from "../python/run-command.js";
import type { EnvironmentPaths } from "./environments.js";
import { installFailure, isNetworkFailure } from "./failures.js";

/** Everything an install step needs from its surroundings. */
export interface InstallContext {
  readonly run: RunCommand;
  readonly environment: Environment;
  readonly onProgress: (line: string) => void;
  /** Lock file of uv itself, `trainer-py/locks/uv.txt`. */
  readonly uvLock: string;
  readonly signal?: AbortSignal;
}

const PIP_QUIET = ["--disable-pip-version-check", "--no-input", "--quiet"];
// A fresh connection to a slow mirror needs more than uv's half minute for a wheel of half a gigabyte.
const UV_TIMEOUT_SECONDS = "300";
/** uv's list of every package it added: the marker keeps what matters of it. */
const PACKAGE_LINE = /^ [-+~] /;

/** Create an empty environment at `paths.folder`, with uv when there is one (seconds faster), else with `python -m venv`. */
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
  // `venv` explains a missing ensurepip on stdout.
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

/** Install a hash-locked requirement file: uv on PATH, else uv put into the environment, else (or when uv is cut off) pip. */
export async function installLock(context: InstallContext, paths: EnvironmentPaths): Promise<void> {
  const uv = (await hasUv(context)) ? ["uv"] : await bootstrapUv(context, paths);
  const last = uv === null ? null : await uvInstall(context, uv, paths);
  if (last?.status === 0) return;
  const hasPip =
    (await context.run([paths.python, "-m", "pip", "--version"], commandOptions(context))).status === 0;
  // pip reads pip.conf, uv does not: a mirror or proxy may be configured for one of them only.
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
    // A lock lists everything: nothing is left to resolve, and a pin that no index has (torch+cpu) stops nothing.
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
