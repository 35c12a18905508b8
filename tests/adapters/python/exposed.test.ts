import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { exposedPackages } from "../../../src/adapters/python/exposed.js";

async function installation() {
  const root = await mkdtemp(join(tmpdir(), "spice-exposed-"));
  for (const name of ["spice_trainer", "spice_conformance", "tests", "bench", "mutants"]) {
    await mkdir(join(root, name));
    await writeFile(join(root, name, "__init__.py"), name);
  }
  return { root, environment: { SPICE_HOME: join(root, "home") } };
}

test("only the packages that a trainer imports are in the folder", async () => {
  const { root, environment } = await installation();
  const folder = await exposedPackages({ root }, environment);
  expect((await readdir(folder)).sort()).toEqual(["spice_conformance", "spice_trainer"]);
  expect(await readFile(join(folder, "spice_trainer", "__init__.py"), "utf8")).toBe("spice_trainer");
});

test("the folder stays the same, and calls at once do not disturb each other", async () => {
  const { root, environment } = await installation();
  const folders = await Promise.all(Array.from({ length: 5 }, () => exposedPackages({ root }, environment)));
  expect(new Set(folders).size).toBe(1);
  expect(await readdir(join(environment.SPICE_HOME, "python"))).toHaveLength(1);
  expect(await exposedPackages({ root }, environment)).toBe(folders[0]);
});

test("each installation has a folder of its own", async () => {
  const [one, two] = [await installation(), await installation()];
  const environment = one.environment;
  const folders = [await exposedPackages(one, environment), await exposedPackages(two, environment)];
  expect(folders[0]).not.toBe(folders[1]);
});
