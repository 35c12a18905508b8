import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { catalogEntry } from "../../src/adapters/install/catalog.js";
import { environmentPaths } from "../../src/adapters/install/environments.js";
import type { DoctorDeps } from "../../src/cli/doctor/check.js";
import { checkEnvironments } from "../../src/cli/doctor/environments.js";

const root = resolve("trainer-py");
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "spice-doctor-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function install(name: string, versions: Readonly<Record<string, string>>): Promise<void> {
  const paths = await environmentPaths(root, catalogEntry(name), { SPICE_HOME: home });
  await mkdir(paths.folder, { recursive: true });
  const marker = {
    schema: "spice.environment/1",
    name,
    lockDigest: paths.lockDigest,
    python: "3.11",
    versions,
  };
  await writeFile(paths.marker, JSON.stringify(marker));
}

/** What each environment's Python says of its packages; null: it does not start. */
const check = (found: Readonly<Record<string, string>> | null) => {
  const deps: Partial<DoctorDeps> = {
    environment: { SPICE_HOME: home },
    source: { root } as DoctorDeps["source"],
    signal: new AbortController().signal,
    run: async (argv) => {
      if (found === null) return { status: 127, stdout: "", stderr: "no such file" };
      const names = JSON.parse(argv.at(-1) ?? "[]") as string[];
      const stdout = JSON.stringify(Object.fromEntries(names.map((one) => [one, found[one] ?? null])));
      return { status: 0, stdout, stderr: "" };
    },
  };
  return checkEnvironments(deps as DoctorDeps);
};

describe("doctor on installed environments", () => {
  test("has nothing to say of none, and is content with what was installed", async () => {
    expect((await check({})).status).toBe("skip");
    await install("torch", { torch: "2.13.0" });
    expect(await check({ torch: "2.13.0" })).toMatchObject({ status: "ok" });
  });

  test("notices a package that was changed, removed, or a Python that is gone, and says what to delete", async () => {
    await install("torch", { torch: "2.13.0" });
    const changed = await check({ torch: "2.14.0" });
    expect(changed).toMatchObject({ status: "fail" });
    expect(changed.detail).toContain("torch is 2.14.0, it was installed as 2.13.0");
    expect(changed.hint).toContain("spice trainer install torch");
    expect((await check({})).detail).toContain("torch is missing");
    expect((await check(null)).detail).toContain("does not run");
  });

  test("a trainer without the environment it samples with does not work", async () => {
    await install("verl", { verl: "0.9.1" });
    const alone = await check({ verl: "0.9.1" });
    expect([alone.status, alone.hint]).toEqual(["fail", "Run `spice trainer install torch+vllm`."]);
    await install("torch+vllm", {});
    expect((await check({ verl: "0.9.1" })).status).toBe("ok");
  });
});
