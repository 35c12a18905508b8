import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, SpiceError } from "../../app/errors.js";
import { venvsFolder } from "../python/home.js";
import type { Environment } from "../python/run-command.js";
import { CATALOGUE, type CatalogEntry, readLock, slug } from "./catalog.js";

/** Written last into an environment: without it the environment counts as half-installed. */
export interface InstallMarker {
  readonly schema: "spice.environment/1";
  readonly name: string;
  /** SHA-256 of the lock file, hex. */
  readonly lockDigest: string;
  /** Python's version. */
  readonly python: string;
  /** Versions of the distributions that matter, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Where an entry's environment is, installed or not. */
export interface EnvironmentPaths {
  /** `<home>/venvs/<slug>-<first 12 digits of the lock's digest>`: a changed lock is another environment. */
  readonly folder: string;
  readonly python: string;
  readonly marker: string;
  readonly lockFile: string;
  readonly lockDigest: string;
}

/** One row of `spice trainer list`. */
export interface ListedTrainer {
  readonly entry: CatalogEntry;
  readonly folder: string;
  /** Null when it is not installed (or only half). */
  readonly installed: InstallMarker | null;
}

/** Compute an entry's paths from its lock file. */
export async function environmentPaths(
  root: string,
  entry: CatalogEntry,
  environment: Environment,
): Promise<EnvironmentPaths> {
  const lock = await readLock(root, entry.name);
  const lockDigest = createHash("sha256").update(lock.content).digest("hex");
  const folder = join(venvsFolder(environment), `${slug(entry.name)}-${lockDigest.slice(0, 12)}`);
  const python = join(folder, "bin", "python");
  return { folder, python, marker: join(folder, "spice-environment.json"), lockFile: lock.path, lockDigest };
}

/** The marker of a complete environment; null when it is missing, damaged or of another lock. */
export async function readMarker(paths: EnvironmentPaths): Promise<InstallMarker | null> {
  try {
    const marker = JSON.parse(await readFile(paths.marker, "utf8")) as InstallMarker;
    return marker.lockDigest === paths.lockDigest ? marker : null;
  } catch {
    return null;
  }
}

/** Every known trainer and whether it is installed, in catalogue order. */
export async function listTrainers(root: string, environment: Environment): Promise<ListedTrainer[]> {
  return Promise.all(
    CATALOGUE.map(async (entry) => {
      const paths = await environmentPaths(root, entry, environment);
      return { entry, folder: paths.folder, installed: await readMarker(paths) };
    }),
  );
}

/**
 * The interpreter that runs a backend: `$SPICE_TRAINER_PYTHON` when set (a container, a hand-made environment), else the first
 * installed environment of the catalogue that has it.
 *
 * @throws SpiceError `TRAINER_NOT_INSTALLED` (exit 3) naming the command that installs it
 */
export async function findInterpreter(
  root: string,
  backend: string,
  environment: Environment,
): Promise<string> {
  const chosen = environment["SPICE_TRAINER_PYTHON"];
  if (chosen) return chosen;
  for (const entry of CATALOGUE.filter((one) => one.backends.includes(backend))) {
    const paths = await environmentPaths(root, entry, environment);
    if ((await readMarker(paths)) !== null) return paths.python;
  }
  throw new SpiceError(`The ${backend} trainer is not installed.`, {
    code: "TRAINER_NOT_INSTALLED",
    boundary: "install",
    where: venvsFolder(environment),
    hint: `Run \`spice trainer install ${backend}\`.`,
    exit: EXIT.environment,
  });
}

/** Variable that tells a trainer which interpreter has vLLM, where its own has not. */
const SAMPLER_VARIABLE = "SPICE_VLLM_PYTHON";

/**
 * What a backend's process gets as environment: `environment`, and the interpreter of the entry that it samples with. One that is
 * set already stays; beside `$SPICE_TRAINER_PYTHON` nothing is looked up, a hand-made environment knows its own vLLM.
 *
 * @throws SpiceError `TRAINER_NOT_INSTALLED` (exit 3) when the sampler's environment is missing
 */
export async function withSampler(
  root: string,
  backend: string,
  environment: Environment,
): Promise<Environment> {
  const sampler = CATALOGUE.find((one) => one.backends.includes(backend))?.sampler;
  const settled = environment[SAMPLER_VARIABLE] || environment["SPICE_TRAINER_PYTHON"];
  if (sampler === undefined || settled) return environment;
  return { ...environment, [SAMPLER_VARIABLE]: await findInterpreter(root, sampler, environment) };
}
