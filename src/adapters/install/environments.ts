import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, SpiceError } from "../../app/errors.js";
import { venvsFolder } from "../python/home.js";
import type { Environment } from "../python/run-command.js";
import { BACKENDS, CATALOG, type CatalogEntry, readLock, similarBackend, slug } from "./catalog.js";

/**
 * The last file that is written into an environment. Without it, the environment counts as
 * incomplete.
 */
export interface InstallMarker {
  readonly schema: "spice.environment/1";
  readonly name: string;
  /** SHA-256 of the lock file, in hexadecimal digits. */
  readonly lockDigest: string;
  /** Version of Python. */
  readonly python: string;
  /** Versions of the distributions that the entry shows, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Paths of the environment of an entry. The environment may be missing. */
export interface EnvironmentPaths {
  /**
   * `<home>/venvs/<slug>-<first 12 digits of the lock's digest>`. A changed lock file gives another
   * folder.
   */
  readonly folder: string;
  readonly python: string;
  readonly marker: string;
  readonly lockFile: string;
  readonly lockDigest: string;
}

/** A row of `spice trainer list`. */
export interface ListedTrainer {
  readonly entry: CatalogEntry;
  readonly folder: string;
  /** Null when the environment is missing or incomplete. */
  readonly installed: InstallMarker | null;
}

/** Computes the paths of an entry from its lock file. */
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

/**
 * The marker of a complete environment; null when it is missing, damaged, or belongs to another
 * lock file.
 */
export async function readMarker(paths: EnvironmentPaths): Promise<InstallMarker | null> {
  try {
    const marker = JSON.parse(await readFile(paths.marker, "utf8")) as InstallMarker;
    return marker.lockDigest === paths.lockDigest ? marker : null;
  } catch {
    return null;
  }
}

/** All entries in the order of the catalog, and the marker of each installed environment. */
export async function listTrainers(root: string, environment: Environment): Promise<ListedTrainer[]> {
  return Promise.all(
    CATALOG.map(async (entry) => {
      const paths = await environmentPaths(root, entry, environment);
      return { entry, folder: paths.folder, installed: await readMarker(paths) };
    }),
  );
}

/**
 * The interpreter that runs a backend: `$SPICE_TRAINER_PYTHON` if it is set (a container, an
 * environment made by hand), else the first installed environment of the catalog that has the
 * backend.
 *
 * @throws SpiceError `TRAINER_NOT_INSTALLED` (exit 3); the hint is the command that installs it;
 * `TRAINER_PYTHON_UNSET` (exit 3) for a trainer that the catalog does not have
 */
export async function findInterpreter(
  root: string,
  backend: string,
  environment: Environment,
): Promise<string> {
  const chosen = environment["SPICE_TRAINER_PYTHON"];
  if (chosen) return chosen;
  if (!BACKENDS.includes(backend)) throw notOurs(backend);
  for (const entry of CATALOG.filter(({ backends }) => backends.includes(backend))) {
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

/** A trainer of another package runs in the environment that the user names. */
function notOurs(backend: string): SpiceError {
  const near = similarBackend(backend);
  const meant = near === null ? "" : ` Did you mean trainer.kind=${near}?`;
  return new SpiceError(
    `The trainer ${backend} is not part of spice, and SPICE_TRAINER_PYTHON is not set.${meant}`,
    {
      code: "TRAINER_PYTHON_UNSET",
      boundary: "install",
      where: near === null ? "SPICE_TRAINER_PYTHON" : "trainer.kind",
      hint: `Trainers of spice: ${BACKENDS.join(", ")}. For your own trainer: Set SPICE_TRAINER_PYTHON to the Python of the environment that has its package (docs/trainers/bring-your-own.md, Set up); \`spice trainer list\` shows the names.`,
      exit: EXIT.environment,
    },
  );
}

/**
 * Variable with the interpreter that has vLLM, for a trainer whose own interpreter does not have
 * it.
 */
const SAMPLER_VARIABLE = "SPICE_VLLM_PYTHON";

/**
 * The environment variables for the process of a backend: `environment`, and the interpreter of the
 * entry that contains its sampler. A value that is already set stays. If `$SPICE_TRAINER_PYTHON` is
 * set, no interpreter is searched for, because an environment made by hand sets its own vLLM.
 *
 * @throws SpiceError `TRAINER_NOT_INSTALLED` (exit 3) when the environment of the sampler is
 * missing
 */
export async function withSampler(
  root: string,
  backend: string,
  environment: Environment,
): Promise<Environment> {
  const sampler = CATALOG.find(({ backends }) => backends.includes(backend))?.sampler;
  const isSet = environment[SAMPLER_VARIABLE] || environment["SPICE_TRAINER_PYTHON"];
  if (sampler === undefined || isSet) return environment;
  return { ...environment, [SAMPLER_VARIABLE]: await findInterpreter(root, sampler, environment) };
}
