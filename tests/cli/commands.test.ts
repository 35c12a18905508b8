import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { documents, type Workplace, withMarkdown, workplace } from "./spice.js";

jest.setTimeout(60_000);

let place: Workplace;
beforeAll(async () => {
  place = await workplace();
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
});

describe("spice", () => {
  test("leads its help with examples, documents exit codes, and knows its version", async () => {
    const help = await place.run("--help");
    expect(help.code).toBe(0);
    expect(help.stdout.indexOf("Examples:")).toBeLessThan(help.stdout.indexOf("Usage:"));
    expect(help.stdout).toContain("Exit codes:");
    const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
    expect((await place.run("--version")).stdout.trim()).toBe(version);
  });

  test.each([
    [["no-such-command"], "unknown command"],
    [["train", "--bogus"], "unknown option"],
    [["runs", "replay", "--step", "zero"], "whole number"],
    [["runs", "report", "a", "b"], "too many arguments"],
    [["train", "--resume", "--name", "x"], "cannot be used with"],
  ])("%j exits with 2 and says why", async (args, why) => {
    const { code, stderr, stdout } = await place.run(...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(why);
  });
});

describe("spice init", () => {
  test("writes a configuration that works, and never overwrites one", async () => {
    const made = await place.run("init", "fresh");
    expect(made.code).toBe(0);
    expect(made.stderr).toContain("spice trainer install");
    const config = await place.call("config", "-c", join("fresh", "spice.config.ts"));
    expect(JSON.parse(config.stdout)).toMatchObject({ preset: "demo", name: "fresh" });
    const again = await place.call("init", "fresh", "--yaml");
    expect([again.code, again.stderr.includes("CONFIG_EXISTS")]).toEqual([2, true]);
    expect(existsSync(join(place.folder, "fresh", "spice.config.yaml"))).toBe(false);
  });

  test("prints what it found in the documents, and counts what corpus add adds", async () => {
    await withMarkdown(join(place.folder, "look"));
    await place.write("look/again.txt", "The oldest book in the library was given by Hilda Calder in 1652.");
    await place.write("look/copy.txt", "The oldest book in the library was given by Hilda Calder in 1652.");
    await place.write("look/short.txt", "Too short.");
    await place.write("look/letters.mbox", "From a@example.org");
    const made = await place.call("init", "looked", "--documents", "look", "--trainer", "fake");
    expect(made.code).toBe(0);
    expect(made.stderr).toContain(`Found in look:
  files      3 .txt, 2 .md, 1 not read
  documents  4, 0 with structured facts, 3 split keys
  left out   1 duplicate, 1 unsupported, 1 too_short
  languages  3 en, 1 unknown
  fits       documents of every kind, no warm start: the trainer has no model
`);
    const added = await place.call(
      "corpus",
      "add",
      "look",
      "-c",
      join("looked", "spice.config.ts"),
      "--json",
    );
    expect(documents(added)[0]).toMatchObject({
      documents: 4,
      skipped: { duplicate: 1, unsupported: 1, too_short: 1 },
    });
    await mkdir(join(place.folder, "mails"));
    await place.write("mails/letters.mbox", "From a@example.org");
    const none = await place.call("init", "none", "--documents", "mails");
    expect([none.code, existsSync(join(place.folder, "none"))]).toEqual([2, false]);
    expect(none.stderr).toContain("1 item left out");
    expect(none.stderr).toContain("docs/your-documents.md (Mails)");
  });

  test("takes the options of corpus add for tables, and prints the command with them", async () => {
    await place.write(
      "birds.csv",
      "Code,Species,Wing,Story\nB1,Great Auk,21 cm,It lived on the rocks of the sea.\n",
    );
    const options = ["--text-field", "Story", "--subject-field", "Species"];
    const made = await place.call(
      "init",
      "birds",
      "--documents",
      "birds.csv",
      ...options,
      "--trainer",
      "fake",
    );
    expect([made.code, made.stderr]).toEqual([0, expect.stringContaining("1, 0 with structured facts")]);
    expect(made.stderr).toContain(
      "spice corpus add ../birds.csv --text-field Story --subject-field Species ",
    );
    const wrong = await place.call("init", "wrong", "--documents", "birds.csv", "--text-field", "Tale");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("SOURCE_FIELD")]);
  });

  test("does not send the user of an own trainer to an installation", async () => {
    const made = await place.run("init", "own", "--trainer", "pebble");
    expect(made.code).toBe(0);
    expect(made.stderr).not.toContain("spice trainer install");
    expect(made.stderr).toContain("after you named your model in spice.config.ts");
    expect(await readFile(join(place.folder, "own", "spice.config.ts"), "utf8")).toContain("./my-model");
  });

  test("as YAML, brings the schema that editors complete from", async () => {
    const made = await place.call("init", "yaml", "--yaml", "--json");
    expect(documents(made)[0]).toMatchObject({ schema: "spice.init/1" });
    const schema = JSON.parse(
      await readFile(join(place.folder, "yaml", "spice.schema.json"), "utf8"),
    ) as object;
    expect(schema).toHaveProperty("properties.train");
    expect((await place.call("config", "-c", join("yaml", "spice.config.yaml"))).code).toBe(0);
  });
});

describe("spice config", () => {
  test("--explain of a section lists its settings; an unknown name is refused with the nearest", async () => {
    const [warmup] = documents(await place.call("config", "--explain", "warmup", "--json"));
    const paths = (warmup as { settings: { path: string }[] }).settings.map(({ path }) => path);
    expect(paths).toContain("warmup.steps");
    expect(paths.every((path) => path.startsWith("warmup."))).toBe(true);
    const unknown = await place.call("config", "--explain", "warmp");
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("Did you mean `warmup`?")]);
  });

  test("--explain says where each value came from", async () => {
    const [explained] = documents(await place.call("config", "--explain", "--json", "-s", "seed=9"));
    const settings = explained?.["settings"] as { path: string; value: unknown; origin: string }[];
    expect(settings.find((one) => one.path === "seed")).toMatchObject({ value: 9, origin: "--set seed=9" });
    expect(settings.find((one) => one.path === "warmup.enabled")?.origin).toBe("preset demo");
    expect(settings.find((one) => one.path === "reward.sigma")?.origin).toBe("default");
  });

  test("an unknown key names the file, the path and the likely meaning; nothing is on stdout", async () => {
    const path = await place.write("typo.yaml", "preset: demo\nchallenger: { groupsize: 4 }\n");
    const { code, stdout, stderr } = await place.call("config", "-c", path);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("CONFIG_INVALID");
    expect(stderr).toContain("typo.yaml → challenger.groupsize");
    expect(stderr).toContain("challenger.groupSize");
    expect(stderr).not.toContain("    at ");
  });

  test("with --json an error is a document too; -vv adds the stack", async () => {
    const result = await place.run("config", "--json", "-vv", "-s", "stpes=3");
    expect(documents(result)[0]).toMatchObject({
      schema: "spice.error/1",
      code: "CONFIG_OVERRIDE",
      hint: "Did you mean `steps`?",
      exit: 2,
    });
    expect(result.stderr).toContain("    at ");
  });

  test("the environment gives the trainer's address, and never a secret", async () => {
    await using other = await workplace({
      SPICE_TRAINER_ADDRESS: "127.0.0.1:7",
      SPICE_TRAINER_TOKEN: "hush-hush-hush-hush",
    });
    const { stdout } = await other.call("config");
    expect(JSON.parse(stdout)).toMatchObject({ trainer: { address: "127.0.0.1:7" } });
    expect(stdout).not.toContain("hush");
  });
});

describe("without runs", () => {
  test.each([
    [["runs", "list"], 0, "spice train"],
    [["runs", "show"], 2, "RUN_NOT_FOUND"],
    [["runs", "report", "nope"], 2, "RUN_NOT_FOUND"],
    [["runs", "replay"], 2, "RUN_NOT_FOUND"],
    [["train", "--resume"], 2, "NOTHING_TO_RESUME"],
  ])("%j exits with %i", async (args, code, text) => {
    const result = await place.call(...args);
    expect([result.code, result.stderr.includes(text)]).toEqual([code, true]);
  });
});
