import { execFile } from "node:child_process";
import { chmod, cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { findInterpreter } from "../../src/adapters/install/environments.js";
import { trainerSource } from "../../src/adapters/python/source.js";

/**
 * Puts an example of an own trainer where Python finds it, as an installer does: its modules, and a
 * folder with its entry points.
 *
 * @param name folder in `examples/`
 * @param python interpreter with the packages that the example imports
 * @returns an interpreter that has the example, beside what `python` has
 */
export async function installExample(name: string, python: string, folder: string): Promise<string> {
  const example = resolve("examples", name);
  const project = await readFile(join(example, "pyproject.toml"), "utf8");
  const distribution = /^name = "(.+)"$/m.exec(project)?.[1] ?? "";
  const entry = /^\[project\.entry-points\."spice_trainer\.backends"\]\n(.+) = "(.+)"$/m.exec(project);
  const site = join(folder, "site");
  const info = join(site, `${distribution.replaceAll("-", "_")}-0.1.0.dist-info`);
  await mkdir(info, { recursive: true });
  for (const file of await readdir(example))
    if (file.endsWith(".py")) await cp(join(example, file), join(site, file));
  await writeFile(join(info, "METADATA"), `Metadata-Version: 2.1\nName: ${distribution}\nVersion: 0.1.0\n`);
  const group = `[spice_trainer.backends]\n${entry?.[1]} = ${entry?.[2]}\n`;
  await writeFile(join(info, "entry_points.txt"), group);
  const interpreter = join(folder, "python");
  await writeFile(interpreter, `#!/bin/sh\nPYTHONPATH="$PYTHONPATH:${site}" exec "${python}" "$@"\n`);
  await chmod(interpreter, 0o755);
  return interpreter;
}

/** The interpreter of the torch trainer, or null where none is installed. */
export const torchPython: string | null = await trainerSource()
  .then(({ root }) => findInterpreter(root, "torch", process.env))
  .then(hasTorch)
  .catch(() => null);

/** What is missing for tests with torch; null when nothing is. */
export const missingTorch = torchPython === null ? "no torch here: spice trainer install torch" : null;

/** `SPICE_TRAINER_PYTHON` may name an environment without torch. */
async function hasTorch(python: string): Promise<string> {
  await promisify(execFile)(python, ["-c", "import importlib.util as u; assert u.find_spec('transformers')"]);
  return python;
}

/** Writes a tiny random model with a tokenizer of bytes to a new folder. */
export async function writeTinyModel(folder: string, python: string): Promise<void> {
  const { root } = await trainerSource();
  const environment = { ...process.env, PYTHONPATH: root };
  await promisify(execFile)(python, ["-m", "bench.byte_model", folder], { env: environment });
}
