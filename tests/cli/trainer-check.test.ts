import { readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { describeWithPython } from "../support/python.js";
import { documents, type Workplace, workplace } from "./spice.js";

jest.setTimeout(300_000);

interface Report {
  readonly schema: string;
  readonly backend: string;
  readonly fail: number;
  readonly pass: number;
  readonly checks: readonly { readonly id: string; readonly area: string; readonly verdict: string }[];
}

describeWithPython("spice trainer check", () => {
  let place: Workplace;
  beforeAll(async () => {
    place = await workplace();
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  test("--backend starts a trainer and runs the chosen checks on it", async () => {
    const areas = ["--only", "normalization", "--only", "nulls", "--only", "checkpoints.damaged"];
    const done = await place.run("trainer", "check", "--backend", "fake", "--json", ...areas);
    expect([done.code, done.stderr]).toEqual([0, ""]);
    const [report] = documents(done) as unknown as Report[];
    expect(report).toMatchObject({ schema: "spice.conformance/1", backend: "fake", fail: 0 });
    expect(report?.checks.map((one) => one.area)).toEqual(expect.arrayContaining(["normalization", "nulls"]));
    expect(report?.checks.map((one) => one.verdict)).toEqual(Array(report?.pass).fill("pass"));
    expect(report?.checks.at(-1)?.id).toBe("checkpoints.damaged");
  });

  test("prints one line a check for people, and the counts", async () => {
    const { code, stdout } = await place.run("trainer", "check", "--backend", "fake", "--only", "seeds.same");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^pass {2}seeds\.same {2}four samples/);
    expect(stdout).toMatch(/1 pass, 0 fail, 0 inconclusive, 0 skipped\n$/);
  });

  test("lists its checks with the rules they prove, under its old name too", async () => {
    const { stdout } = await place.run("trainer", "check", "--list");
    expect((await place.run("conformance", "--list")).stdout).toBe(stdout);
    expect(stdout).toMatch(/^losses\.ppo_clip +losses\.proto, PpoClipSurrogate/m);
  });

  test.each([
    [["--only", "no.such", "--backend", "fake"], 2, "no.such"],
    [[], 2, "--target or --backend"],
    [["--target", "127.0.0.1:9"], 3, "CONFORMANCE_TARGET"],
  ])("%j exits with %i and says why", async (args, exit, why) => {
    const { code, stdout, stderr } = await place.run("trainer", "check", ...args);
    expect([code, stdout]).toEqual([exit, ""]);
    expect(stderr).toContain(why);
    await forget(logOf(stderr));
  });

  test("a trainer that cannot be tested leaves the log that the error names", async () => {
    const { code, stderr } = await place.run(
      "trainer",
      "check",
      "--backend",
      "fake",
      "--engine",
      JSON.stringify({ no_such: "1" }),
    );
    const log = logOf(stderr) ?? "";
    expect([code, await readFile(log, "utf8")]).toEqual([3, expect.stringContaining("listening")]);
    await forget(log);
  });
});

/** The trainer's log, where an error names one. */
const logOf = (stderr: string): string | undefined => /log {4}(.+)/.exec(stderr)?.[1];

const forget = async (log: string | undefined): Promise<void> => {
  if (log !== undefined) await rm(dirname(log), { recursive: true });
};
