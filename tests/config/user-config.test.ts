import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { settings } from "../../src/config/json-schema.js";
import type { ExperimentInput } from "../../src/config/schema.js";
import type { UserConfig } from "../../src/config/user-config.js";

/** True when each type accepts the values of the other, in every field. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Flat<T> = { [Key in keyof T]: T[Key] };
type FromSchema = Flat<ExperimentInput & { extends?: string | undefined }>;

// `tsc` compares the types. At run time there is nothing to compare.
const isSame: Same<Flat<UserConfig>, FromSchema> = true;
// @ts-expect-error a missing setting is seen, though every setting is optional
const isSameWithout: Same<Flat<Omit<UserConfig, "steps">>, FromSchema> = true;
const toSchema = (config: UserConfig): FromSchema => config;
const fromSchema = (config: FromSchema): UserConfig => config;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "spice-user-config-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the type of a configuration file is what the generator writes (else: npm run gen)", () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/gen-user-config.mjs", folder], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
  const written = readFileSync(join(folder, "src/config/user-config.ts"), "utf8");
  expect(written).toBe(readFileSync("src/config/user-config.ts", "utf8"));
  const plain = written.replaceAll(/\s+\*?\s*/g, " ");
  for (const { schema } of settings()) expect(plain).toContain((schema.description ?? "?").trim());
});

test("the type of a configuration file is the input type of the schema", () => {
  expect([isSame, isSameWithout]).toEqual([true, true]);
  expect(toSchema(fromSchema({ steps: 3, extends: "./base.yaml" }))).toEqual({
    steps: 3,
    extends: "./base.yaml",
  });
});
