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
  await writeFile(file, starterConfig(trainer, format));
  return (await resolveConfig({ folder, file, overrides: [] })).experiment;
}

describe("a configuration to start from", () => {
  test.each(["torch", "torch+vllm", "fake"])(
    "says the same in TypeScript and in YAML: %s",
    async (trainer) => {
      expect(await resolved(trainer, "ts")).toEqual(await resolved(trainer, "yaml"));
    },
  );

  test.each(["torch", "verl", "fake"])(
    "plays documents of every kind, and needs no facts for a warm start: %s",
    async (trainer) => {
      const { corpus, warmup, trainer: chosen, preset } = await resolved(trainer, "ts");
      expect(corpus).toMatchObject({ kinds: [], warmupShare: 0 });
      expect([warmup.enabled, chosen.kind, preset]).toEqual([false, trainer, "demo"]);
    },
  );

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
