import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { moduleFiles } from "./module-files.js";
import { openJsonl, type RowFile } from "./table-files.js";

/** The forms that are Python packages, with their modules of `trainer-py/spice_export`. */
const MODULES = {
  verifiers: ["rows.py", "rules.py", "taskset.py"],
  openenv: ["rows.py", "rules.py", "models.py", "client.py", "environment.py", "app.py"],
} as const;
export type PackageForm = keyof typeof MODULES;

/** The library of each form. Both change often; these versions were tried (docs/measured). */
const REQUIRES: Readonly<Record<PackageForm, string>> = {
  verifiers: "verifiers>=0.4.0,<0.5",
  openenv: "openenv>=0.10.0,<0.11",
};

const INIT: Readonly<Record<PackageForm, string>> = {
  verifiers: `from .taskset import SpiceHarness, SpiceTaskset

__all__ = ["SpiceHarness", "SpiceTaskset"]
`,
  openenv: `from .client import SpiceEnv
from .models import AnswerAction, TaskObservation

__all__ = ["AnswerAction", "SpiceEnv", "TaskObservation"]
`,
};

/** The compiled files of this program. */
const DIST = fileURLToPath(new URL("../../", import.meta.url));
/** What a package is. */
export interface PythonPackage {
  readonly form: PackageForm;
  /** Name of the distribution, for example `spice-tasks-demo`. */
  readonly name: string;
  /** Folder of the Python sources, `trainer-py`. */
  readonly sources: string;
  /** Version of the package. */
  readonly version: string;
}

/** Name of the module of a distribution. */
export const moduleName = (name: string): string => name.replaceAll("-", "_");

/**
 * Writes a Python package into a folder: the modules and the rules. The result writes
 * `tasks.jsonl`.
 */
export async function openPackage(folder: string, about: PythonPackage): Promise<RowFile> {
  const { form, name, sources } = about;
  const module = join(folder, moduleName(name));
  await mkdir(module, { recursive: true });
  for (const file of MODULES[form]) await copyFile(join(sources, "spice_export", file), join(module, file));
  await writeFile(join(module, "__init__.py"), INIT[form]);
  await writeFile(join(folder, "pyproject.toml"), projectFile(about));
  if (form === "openenv") await writeFile(join(folder, "openenv.yaml"), environmentFile(about));
  const rules = join(module, "rules");
  const files = await moduleFiles(join(DIST, "adapters", "exports", "rules-process.js"), DIST);
  for (const [path, text] of files) {
    await mkdir(dirname(join(rules, path)), { recursive: true });
    await writeFile(join(rules, path), text);
  }
  await writeFile(join(rules, "package.json"), `${JSON.stringify({ private: true, type: "module" })}\n`);
  return openJsonl(module);
}

function projectFile({ form, name, version }: PythonPackage): string {
  const module = moduleName(name);
  const scripts = form === "openenv" ? `\n[project.scripts]\nserver = "${module}.app:main"\n` : "";
  return `[project]
name = "${name}"
version = "${version}"
description = "Tasks of a SPICE run for ${form}"
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["${REQUIRES[form]}"]
${scripts}
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["${module}"]
`;
}

function environmentFile({ name, version }: PythonPackage): string {
  return `spec_version: 1
name: ${moduleName(name)}
version: ${version}
type: space
runtime: fastapi
app: ${moduleName(name)}.app:app
port: 8000
validation:
  reward:
    range: [0.0, 1.0]
    oracle_tolerance: 0.0
    floor_margin: 0.1
  resources:
    cpu: 1.0
    memory_mb: 1024
    disk_mb: 512
    episode_timeout_s: 60.0
  capabilities:
    verifier:
      kind: reward_channel
  types:
    tags: [question-answering]
`;
}
