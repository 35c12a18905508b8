import { join } from "node:path";
import { CATALOG } from "../../adapters/install/catalog.js";
import { type ListedTrainer, listTrainers } from "../../adapters/install/environments.js";
import { type Check, type DoctorDeps, fail, ok, skip } from "./check.js";

const VERSIONS = `
import json, sys
from importlib.metadata import PackageNotFoundError, version
def of(name):
    try: return version(name)
    except PackageNotFoundError: return None
print(json.dumps({name: of(name) for name in json.loads(sys.argv[1])}))`;

/**
 * Every installed environment runs, and has the versions that were installed. The environment that
 * it samples with is installed too.
 */
export async function checkEnvironments(deps: DoctorDeps): Promise<Check> {
  const installed = (await listTrainers(deps.source.root, deps.environment)).filter(
    (one) => one.installed !== null,
  );
  if (installed.length === 0) return skip("environments", "none is installed");
  const problems = (await Promise.all(installed.map((one) => problemOf(deps, one, installed)))).filter(
    (problem) => problem !== null,
  );
  if (problems.length === 0)
    return ok("environments", `${installed.length} as they were installed, in every version that matters`);
  return fail(
    "environments",
    problems.map(({ name, what }) => `${name}: ${what}`).join("; "),
    problems.map(({ hint }) => hint).join(" "),
  );
}

interface Problem {
  readonly name: string;
  readonly what: string;
  readonly hint: string;
}

async function problemOf(
  { run, environment, signal }: DoctorDeps,
  { entry, folder, installed }: ListedTrainer,
  all: readonly ListedTrainer[],
): Promise<Problem | null> {
  const again = `Delete ${folder}, then run \`spice trainer install ${entry.name}\`.`;
  const wanted = installed?.versions ?? {};
  const { status, stdout, stderr } = await run(
    [join(folder, "bin", "python"), "-c", VERSIONS, JSON.stringify(Object.keys(wanted))],
    { environment, signal, timeoutMs: 60_000 },
  );
  if (status !== 0)
    return {
      ...{ name: entry.name, hint: again },
      what: `its Python does not run (${stderr.trim().split("\n").at(-1) ?? status})`,
    };
  const found = JSON.parse(stdout) as Record<string, string | null>;
  const [changed] = Object.entries(wanted).filter(([name, version]) => found[name] !== version);
  if (changed !== undefined) {
    const [name, version] = changed;
    return {
      ...{ name: entry.name, hint: again },
      what: `${name} is ${found[name] ?? "missing"}, it was installed as ${version}`,
    };
  }
  const sampler = CATALOG.find((one) => one.name === entry.sampler);
  return sampler === undefined || all.some((one) => one.entry.name === sampler.name)
    ? null
    : {
        name: sampler.name,
        what: `not installed, ${entry.name} samples with it`,
        hint: `Run \`spice trainer install ${sampler.name}\`.`,
      };
}
