import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { resolveConfig } from "../../src/config/resolve.js";
import { runName, type StarterFormat, starterConfig, whatFits } from "../../src/config/starter.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "spice-starter-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function resolved(trainer: string, format: StarterFormat) {
  const file = join(folder, `${trainer.replace("+", "-")}.config.${format}`);
  await writeFile(file, starterConfig({ trainer, own: false }, format, null, "mine"));
  return (await resolveConfig({ folder, file, overrides: [] })).experiment;
}

describe("a configuration to start from", () => {
  test.each(["torch", "torch+vllm", "fake"])(
    "says the same in TypeScript and in YAML: %s",
    async (trainer) => {
      expect(await resolved(trainer, "ts")).toEqual(await resolved(trainer, "yaml"));
    },
  );

  test.each(["torch", "verl"])(
    "plays documents of every kind, with a warm start from documents that are set aside: %s",
    async (trainer) => {
      const { corpus, warmup, trainer: chosen, preset } = await resolved(trainer, "ts");
      expect(corpus).toMatchObject({ kinds: [], warmupShare: 0.25, maxTokens: 80 });
      expect([warmup.enabled, chosen.kind, preset]).toEqual([true, trainer, "demo"]);
    },
  );

  test("has no warm start where the trainer has no model, and where too few files could be set aside", async () => {
    const fake = await resolved("fake", "ts");
    expect([fake.corpus.kinds, fake.corpus.warmupShare, fake.warmup.enabled]).toEqual([[], 0, false]);
    const seen = {
      documents: 40,
      withFacts: 0,
      splitKeys: 2,
      leftOut: 1,
      language: "de",
      kinds: { prose: 40 },
      cards: 0,
      facts: 0,
      longTokens: 300,
    };
    const text = starterConfig({ trainer: "torch", own: false }, "ts", seen, "mine");
    expect(text).toContain("Written for 40 documents, 0 of them with structured facts (1 item left out).");
    expect(text).toContain('Most documents are in "de"');
    expect(text).toContain("warmup: { enabled: false }");
  });

  test("has a line for the model of a trainer that is the user's own", () => {
    const text = starterConfig({ trainer: "pebble", own: true }, "ts", null, "mine");
    expect(text).toContain('trainer: { kind: "pebble" }');
    expect(text).toContain('model: { id: "./my-model" }');
    expect(starterConfig({ trainer: "verl", own: false }, "ts", null, "mine")).not.toContain("model: {");
  });

  test("keeps the settings of the preset for documents with facts", () => {
    const seen = {
      documents: 40,
      withFacts: 40,
      splitKeys: 40,
      leftOut: 0,
      language: "en",
      kinds: { facts: 40 },
      cards: 40,
      facts: 200,
      longTokens: 70,
    };
    const text = starterConfig({ trainer: "torch", own: false }, "yaml", seen, "mine");
    expect(text).toContain("corpus: { kinds: [], warmupShare: 0.25 }");
    expect(text).not.toContain("temperature");
  });

  test.each([
    ["birds of the north", "birds-of-the-north"],
    ["Käse & Co.", "K-se-Co."],
    [".hidden", "hidden"],
    ["日本", "my-first-run"],
    ["latest", "my-first-run"],
    ["x".repeat(90), "x".repeat(64)],
  ])("names its runs after the folder: %s", async (folderName, name) => {
    expect(runName(folderName)).toBe(name);
    const file = join(folder, "named.yaml");
    await writeFile(file, starterConfig({ trainer: "fake", own: false }, "yaml", null, name));
    expect((await resolveConfig({ folder, file, overrides: [] })).experiment.name).toBe(name);
  });

  test("says what fits documents of facts, of prose, and a few files", () => {
    const seen = {
      documents: 40,
      withFacts: 40,
      splitKeys: 40,
      leftOut: 0,
      language: "en",
      kinds: { facts: 40 },
      cards: 40,
      facts: 200,
      longTokens: 70,
    };
    expect(whatFits("torch", seen)).toBe("facts, a warm start from 25 % of the documents");
    expect(whatFits("torch", { ...seen, withFacts: 0, splitKeys: 6 })).toBe(
      "prose in short segments, a warm start from 50 % of the documents",
    );
    expect(whatFits("torch", { ...seen, withFacts: 0, splitKeys: 2 })).toContain("too few files");
    expect(whatFits("fake", seen)).toContain("no warm start");
  });

  test("with a model keeps the gate of the preset; without a model it drops what the fake trainer cannot pass", async () => {
    expect((await resolved("torch", "ts")).admission).toMatchObject({
      subject: "refuse",
      optionKinds: "refuse",
    });
    expect((await resolved("fake", "ts")).admission).toMatchObject({
      subject: "off",
      optionKinds: "off",
      evidence: "refuse",
    });
  });
});
