import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { resolveConfig } from "../../src/config/resolve.js";
import { type StarterFormat, starterConfig } from "../../src/config/starter.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "spice-starter-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function resolved(trainer: string, format: StarterFormat) {
  const file = join(folder, `${trainer.replace("+", "-")}.config.${format}`);
  await writeFile(file, starterConfig(trainer, format, null));
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
    const seen = { documents: 40, withFacts: 0, splitKeys: 2, leftOut: 1, language: "de" };
    const text = starterConfig("torch", "ts", seen);
    expect(text).toContain("Written for 40 documents, 0 of them with structured facts (1 item left out).");
    expect(text).toContain('Most documents are in "de"');
    expect(text).toContain("warmup: { enabled: false }");
  });

  test("keeps the settings of the preset for documents with facts", () => {
    const seen = { documents: 40, withFacts: 40, splitKeys: 40, leftOut: 0, language: "en" };
    const text = starterConfig("torch", "yaml", seen);
    expect(text).toContain("corpus: { kinds: [], warmupShare: 0.25 }");
    expect(text).not.toContain("temperature");
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
