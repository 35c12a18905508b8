import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EXIT, SpiceError } from "../../app/errors.js";
import { writeJson } from "../files/durable.js";
import { fileError } from "../files/errors.js";
import { takeLock } from "../files/lock.js";
import { findPython } from "../python/interpreter.js";
import { type Environment, type RunCommand, runCommand } from "../python/run-command.js";
import type { TrainerSource } from "../python/source.js";
import { type CatalogEntry, catalogEntry } from "./catalog.js";
import { formatBytes, freeBytes, requireSpace } from "./disk.js";
import { type EnvironmentPaths, environmentPaths, type InstallMarker, readMarker } from "./environments.js";
import { createEnvironment, type InstallContext, installLock } from "./installer.js";
import { prepareModel } from "./model.js";

/** Options of `installTrainer`. */
export interface InstallOptions {
  /** Name in the catalog, for example torch, tinker, tinker-hosted, verl, fake or dev. */
  readonly name: string;
  readonly source: TrainerSource;
  readonly environment: Environment;
  /** Called with one line for each step, and with the progress every 20 s. */
  readonly onProgress: (line: string) => void;
  /** Also fetches and converts the default model of the trainer. */
  readonly withModel: boolean;
  readonly signal?: AbortSignal;
  /** @default runCommand */
  readonly run?: RunCommand;
}

/** The environment after the installation. */
export interface InstallOutcome {
  readonly folder: string;
  readonly marker: InstallMarker;
  /** False when the environment was already complete. */
  readonly changed: boolean;
  /** Folder of the prepared model; null when no model was requested. */
  readonly model: string | null;
}

const HEARTBEAT_MS = 20_000;

/**
 * Installs a trainer into its own environment, from its lock file with hashes. The function can be
 * called again: it leaves a complete environment unchanged and completes an incomplete environment.
 * When two installations run at once, the second is refused. The environment of the sampler is
 * installed first.
 *
 * @throws SpiceError with exit 3 (no Python, no space, no reachable index, wrong hashes, `LOCKED`)
 * or exit 2 (unknown name)
 */
export async function installTrainer(options: InstallOptions): Promise<InstallOutcome> {
  const { source, environment, run = runCommand } = options;
  const entry = catalogEntry(options.name);
  if (entry.sampler !== undefined)
    await installTrainer({ ...options, name: entry.sampler, withModel: false });
  const paths = await environmentPaths(source.root, entry, environment);
  const present = await readMarker(paths);
  const context: InstallContext = {
    run,
    environment,
    onProgress: options.onProgress,
    uvLock: join(source.root, "locks", "uv.txt"),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const marker = present ?? (await build(context, entry, paths));
  if (present !== null) options.onProgress(`${entry.name} is installed in ${paths.folder}`);
  const model =
    options.withModel && entry.model !== null
      ? await prepareModel({ ...context, python: paths.python, root: source.root, model: entry.model })
      : null;
  return { folder: paths.folder, marker, changed: present === null, model };
}

async function build(
  context: InstallContext,
  entry: CatalogEntry,
  paths: EnvironmentPaths,
): Promise<InstallMarker> {
  try {
    await mkdir(dirname(paths.folder), { recursive: true });
  } catch (error) {
    throw fileError(error, "creating the folder for environments", dirname(paths.folder), "install");
  }
  await using _lock = await takeLock(`${paths.folder}.lock`, {
    boundary: "install",
    what: `${entry.name} environment`,
  });
  const python = await findPython(context.run, context.environment, entry.python);
  if (!(await answers(context, paths))) {
    await requireSpace(paths.folder, entry.bytes, `The ${entry.name} environment`);
    context.onProgress(`creating ${paths.folder} with Python ${python.version} (${python.executable})`);
    await createEnvironment(context, python, paths);
  }
  context.onProgress(
    `installing ${entry.name}: up to ${formatBytes(entry.bytes)} on disk, some minutes on a slow line`,
  );
  await withHeartbeat(context, paths.folder, () => installLock(context, paths));
  const found = await versions(context, entry, paths);
  const marker: InstallMarker = {
    schema: "spice.environment/1",
    name: entry.name,
    lockDigest: paths.lockDigest,
    ...found,
  };
  await writeJson(paths.marker, marker);
  context.onProgress(
    `installed ${entry.name}: ${entry.shows.map((name) => `${name} ${found.versions[name]}`).join(", ")}`,
  );
  return marker;
}

async function answers({ run, environment }: InstallContext, paths: EnvironmentPaths): Promise<boolean> {
  return (await run([paths.python, "-c", "pass"], { environment })).status === 0;
}

/** Reads the versions in the new environment. This also shows that the environment runs. */
async function versions(
  { run, environment }: InstallContext,
  entry: CatalogEntry,
  paths: EnvironmentPaths,
): Promise<Pick<InstallMarker, "python" | "versions">> {
  const script = [
    "import json,platform,sys",
    "from importlib.metadata import version",
    "print(json.dumps({'python':platform.python_version(),'versions':{n:version(n) for n in sys.argv[1:]}}))",
  ].join("\n");
  const { status, stdout, stderr } = await run([paths.python, "-c", script, ...entry.shows], { environment });
  if (status === 0) return JSON.parse(stdout) as Pick<InstallMarker, "python" | "versions">;
  throw new SpiceError(
    `The ${entry.name} environment was installed but is not complete: ${stderr.split("\n").at(-1)}`,
    {
      code: "INSTALL_FAILED",
      boundary: "install",
      where: paths.folder,
      hint: `Delete the folder and run \`spice trainer install ${entry.name}\` again.`,
      exit: EXIT.environment,
    },
  );
}

/**
 * Reports every 20 s how many bytes were written to the disk. Installers print nothing while they
 * download a large file.
 */
async function withHeartbeat(
  context: InstallContext,
  folder: string,
  work: () => Promise<void>,
): Promise<void> {
  const before = await freeBytes(folder);
  const started = performance.now();
  const timer = setInterval(() => {
    freeBytes(folder).then(
      (now) => {
        const seconds = Math.round((performance.now() - started) / 1000);
        context.onProgress(`... ${seconds} s, ${formatBytes(Math.max(0, before - now))} written`);
      },
      () => undefined,
    );
  }, HEARTBEAT_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
}
