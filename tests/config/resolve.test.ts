import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { SpiceError } from "../../src/app/errors.js";
import { experimentDigest } from "../../src/config/digest.js";
import { differingSettings, explain } from "../../src/config/explain.js";
import { type ResolveOptions, resolveConfig, resolveLayers } from "../../src/config/resolve.js";
import { isSwitchedOff, removedSettings, storedExperiment } from "../../src/config/stored.js";
import { FREE_ANSWER_TYPES } from "../../src/core/records/answer.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "spice-config-"));
});
afterEach(() => rm(folder, { recursive: true }));

const file = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, text);
  return path;
};
const resolve = (options: Partial<ResolveOptions> = {}) =>
  resolveConfig({ folder, file: null, overrides: [], ...options });
const refusal = async (promise: Promise<unknown>): Promise<SpiceError> => {
  const error = await promise.then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(SpiceError);
  return error as SpiceError;
};

describe("precedence", () => {
  test("defaults < preset < extended file < file < environment < --set < flags", async () => {
    await file("base.yaml", "preset: demo\nseed: 2\nsteps: 20\nname: base\ncorpus: { store: base }\n");
    await file("spice.config.json", JSON.stringify({ extends: "./base.yaml", steps: 30, name: "file" }));
    const { experiment, origins } = await resolve({
      environment: { name: "SPICE_TRAINER_ADDRESS", values: { trainer: { address: "127.0.0.1:1" } } },
      overrides: ["name=set", "reward.sigma=0.2", "reward.sigma=0.3"],
      flags: [{ name: "--name", values: { name: "flag" } }],
    });
    expect(experiment).toMatchObject({
      preset: "demo",
      seed: 2,
      steps: 30,
      name: "flag",
      corpus: { store: "base", warmupShare: 0.3 },
      trainer: { address: "127.0.0.1:1", kind: "torch" },
      reward: { sigma: 0.3, invalid: -0.5 },
    });
    expect(Object.fromEntries(origins)).toMatchObject({
      seed: "base.yaml (extended)",
      steps: "spice.config.json",
      name: "--name",
      "corpus.warmupShare": "preset demo",
      "trainer.address": "SPICE_TRAINER_ADDRESS",
      "reward.sigma": "--set reward.sigma=0.3",
    });
    expect(origins.has("train.beta1")).toBe(false);
  });

  test("without a file, a first command gets the demo", async () => {
    expect((await resolve()).experiment.preset).toBe("demo");
  });

  test("a file without a preset is faithful to the paper", async () => {
    await file("spice.config.yaml", "seed: 3\n");
    expect((await resolve()).experiment).toMatchObject({ preset: "spice", steps: 640 });
  });

  test("an array replaces the one below, and a section replaces null", async () => {
    const { experiment } = await resolve({
      overrides: ['train.roles=["reasoner"]', "model.lora.rank=4", "model.lora.alpha=8"],
    });
    expect(experiment.train.roles).toEqual(["reasoner"]);
    expect(experiment.model.lora).toEqual({ rank: 4, alpha: 8 });
  });
});

describe("files", () => {
  test("a TypeScript file imports the package by its name, wherever it lies", async () => {
    const text =
      'import { defineConfig } from "spice-orchestrator";\nexport default defineConfig({ preset: "demo", seed: 40 + 2 });\n';
    const path = await file("deep/spice.config.ts", text);
    expect((await resolve({ file: path })).experiment.seed).toBe(42);
  });

  test.each([
    ["a function", '() => ({ preset: "demo", seed: 7 })'],
    ["an async function", 'async () => ({ preset: "demo", seed: 7 })'],
  ])("a TypeScript file may give %s that returns the settings", async (_, config) => {
    const text = `import { defineConfig } from "spice-orchestrator";\nexport default defineConfig(${config});\n`;
    const { experiment } = await resolve({ file: await file("spice.config.ts", text) });
    expect([experiment.preset, experiment.seed]).toEqual(["demo", 7]);
  });

  test("a TypeScript file may import the subpaths of the package", async () => {
    const text = `import { readRun } from "spice-orchestrator/runs";
import { SpiceError } from "spice-orchestrator/ports";
export default { seed: typeof readRun === "function" && typeof SpiceError === "function" ? 7 : 0 };
`;
    expect((await resolve({ file: await file("spice.config.ts", text) })).experiment.seed).toBe(7);
  });

  test.each([
    ["a function that throws", "spice.config.ts", "export default () => { throw new Error('no') }", "spice"],
    ["a function of a function", "spice.config.ts", "export default () => () => ({})", "spice"],
    ["a function", "spice.config.ts", "export default { reward: { sigma: () => 1 } }", "reward.sigma"],
    ["a class instance", "spice.config.ts", "export default { seed: new Date() }", "seed"],
    ["a bigint", "spice.config.ts", "export default { seed: 1n }", "seed"],
    ["broken TypeScript", "spice.config.ts", "export default {", "spice.config.ts"],
    ["a throwing file", "spice.config.ts", "throw new Error('no GPU')", "spice.config.ts"],
    ["broken YAML", "spice.config.yaml", "a: [1\nb: 2", "spice.config.yaml"],
    ["a duplicate YAML key", "spice.config.yaml", "seed: 1\nseed: 2", "spice.config.yaml"],
    ["broken JSON", "spice.config.json", "{", "spice.config.json"],
    ["a list", "spice.config.yaml", "- 1", "spice.config.yaml"],
    ["two levels of extends", "spice.config.json", '{"extends":"./base.json"}', "extends"],
  ])("refuses %s and says where", async (_, name, text, where) => {
    await file("base.json", '{"extends":"./other.json"}');
    const error = await refusal(resolve({ file: await file(name, text) }));
    expect(error).toMatchObject({ code: "CONFIG_FILE", exit: 2 });
    expect(error.where).toContain(where);
  });

  test("a missing file is named", async () => {
    const path = join(folder, "gone.yaml");
    expect(await refusal(resolve({ file: path }))).toMatchObject({
      code: "CONFIG_NOT_FOUND",
      where: path,
      exit: 2,
    });
  });
});

describe("strictness", () => {
  const invalid = (text: string) =>
    file("spice.config.yaml", text).then((path) => refusal(resolve({ file: path })));

  test("an unknown key is an error with what was probably meant and where it stands", async () => {
    const error = await invalid("train: { learning_rate: 1 }\nchallanger: {}\n");
    expect(error.message).toContain(
      "train.learning_rate: there is no such setting (did you mean `train.learningRate`?)",
    );
    expect(error.message).toContain("(did you mean `challenger`?)");
    expect(error).toMatchObject({
      code: "CONFIG_INVALID",
      exit: 2,
      where: "spice.config.yaml → train.learning_rate",
    });
  });

  test.each([
    ["steps: 1.5", "steps"],
    ["steps: 0", "steps"],
    ["reward: { sigma: 0 }", "reward.sigma"],
    ["reward: { sigma: .nan }", "reward.sigma"],
    ["reward: { sigma: .inf }", "reward.sigma"],
    ["name: ../x", "name"],
    ["trainer: { engine: 3 }", "trainer.engine"],
    ["challenger: { groupSize: 16, maxProposals: 8 }", "challenger.maxProposals"],
    ["corpus: { warmupShare: 0.5, evalShare: 0.5 }", "corpus.evalShare"],
    ["admission: { openBook: { attempts: 2, required: 3 } }", "admission.openBook.required"],
    ["admission: { paraphrase: { attempts: 2, required: 3 } }", "admission.paraphrase.required"],
    ["admission: { optionsOnly: { attempts: 2 } }", "admission.optionsOnly.attempts"],
    ["admission: { subjectBlind: { attempts: 4, allowed: 4 } }", "admission.subjectBlind.attempts"],
    ["reasoner: { groupSize: 8, earlyStop: 8 }", "reasoner.earlyStop"],
    ["reward: { kind: two_arm }", "reward.kind"],
    ["warmup: { enabled: true }", "corpus.warmupShare"],
    ["train: { loss: { correctionLow: 3 } }", "train.loss.correctionHigh"],
    ["preset: fancy", "preset"],
    ["constructor: 1", "constructor"],
  ])("refuses %s", async (text, path) => {
    const error = await invalid(text);
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message).toContain(path);
  });

  test.each([
    ['challenger.mix=[{"share":1}]', "challenger.mix, entry 1, field `format`: a value is needed"],
    [
      'challenger.mix=[{"format":{"kind":"mcq"},"share":1},{"format":{"kind":"free"},"share":1}]',
      'entry 2, field `format.answerType`: a value is needed; allowed: "integer", ',
    ],
    [
      'challenger.mix=[{"format":{"kind":"essay"},"share":1}]',
      'entry 1, field `format.kind`: "essay" is not allowed; allowed: "mcq" or "free"',
    ],
    [
      'challenger.mix=[{"format":{"kind":"mcq"},"share":0}]',
      "entry 1, field `share`: 0 is not allowed; allowed: number, above 0",
    ],
    [
      'challenger.mix=[{"format":{"kind":"mcq"},"share":1,"weight":2}]',
      "entry 1, field `weight`: there is no such field; fields: format, share",
    ],
    ["challenger.mix=[1]", "challenger.mix, entry 1: 1 is not allowed; allowed: { format, share }"],
    [
      "challenger.mix=[]",
      "challenger.mix: the list needs at least one entry; allowed: list of { format, share }",
    ],
    ["challenger.mix=3", "challenger.mix: 3 is not allowed; allowed: list of { format, share }"],
    ["train.roles=[]", "train.roles: the list needs at least one entry"],
    [
      'train.roles=["reasoner","judge"]',
      'train.roles, entry 2: "judge" is not allowed; allowed: "challenger", "reasoner"',
    ],
    [
      'corpus.readers=[{"module":"./a.ts","endings":[".a","b"]}]',
      'entry 1, field `endings`, entry 2: "b" is not allowed; must begin with a dot',
    ],
    [
      'admission.contamination.canaries=["short"]',
      'entry 1: "short" is not allowed; it must have 8 characters or more',
    ],
    [
      'run.sinks=[{"module":"./a.ts","options":3}]',
      "entry 1, field `options`: 3 is not allowed; allowed: object",
    ],
    ["name=a b", '"a b" is not allowed; must be 1 to 64 letters, digits, dots, dashes or underscores'],
    ["model.lora.rank=4", "model.lora.alpha: a value is needed; allowed: number, above 0"],
  ])(
    "says which entry and which field of a list is wrong, and what is allowed: %s",
    async (override, text) => {
      const error = await refusal(resolve({ overrides: [override] }));
      expect(error.message).toContain(text);
      expect(error.where).toContain(`--set ${override} → `);
    },
  );

  test("a severity may be written as earlier versions had it, and anything else is refused", async () => {
    const { experiment } = await resolve({
      overrides: ["admission.leak=true", "admission.subject=false", "admission.deixis=count"],
    });
    expect(experiment.admission).toMatchObject({ leak: "refuse", subject: "off", deixis: "count" });
    const error = await refusal(resolve({ overrides: ["admission.leak=loud"] }));
    expect(error.message).toContain("admission.leak");
  });

  test("a key called __proto__ is unknown, and changes nothing else", async () => {
    const path = await file("spice.config.json", '{"__proto__":{"seed":9}}');
    expect((await refusal(resolve({ file: path }))).message).toContain("__proto__");
    expect(({} as Record<string, unknown>)["seed"]).toBeUndefined();
  });
});

describe("--set", () => {
  test.each([
    ["train.learningrate=0", "Did you mean `train.learningRate`?"],
    ["learningRate=0", "Did you mean `train.learningRate` or `warmup.learningRate`?"],
    ["train=0", "train.learningRate"],
    ["steps", "path=value"],
    ["=3", "path=value"],
  ])("refuses %s with a hint", async (text, hint) => {
    const error = await refusal(resolve({ overrides: [text] }));
    expect(error).toMatchObject({ code: "CONFIG_OVERRIDE", exit: 2 });
    expect(error.hint).toContain(hint);
  });

  test("a value is JSON when it parses, else text; the trainer's own settings are free", async () => {
    const overrides = ["model.id=7b", "trainer.engine.a.b=[1]", "train.maxGradNorm=null", "corpus.store=x=y"];
    const { experiment } = await resolve({ overrides });
    expect(experiment).toMatchObject({
      model: { id: "7b" },
      trainer: { engine: { a: { b: [1] } } },
      train: { maxGradNorm: null },
      corpus: { store: "x=y" },
    });
  });
});

describe("old names of settings", () => {
  const allowed = { license: "refuse", licenses: ["MIT"] };

  test.each([
    ["a file", "admission: { document: { licence: refuse, licences: [MIT] } }", []],
    ["--set", "", ["admission.document.licence=refuse", 'admission.document.licences=["MIT"]']],
    ["--set of a section", "", ['admission.document={"licence":"refuse","licences":["MIT"]}']],
  ])("work in %s", async (_, text, overrides) => {
    await file("spice.config.yaml", text);
    const { experiment, origins } = await resolve({ overrides });
    expect(experiment.admission.document).toMatchObject(allowed);
    expect(experiment.admission.document).not.toHaveProperty("licence");
    expect(origins.has("admission.document.license")).toBe(true);
  });

  test("work in config.json of an old run", () => {
    const config = { admission: { document: { licence: "refuse", licences: ["MIT"] } } };
    expect(storedExperiment(config, "config.json").admission.document).toMatchObject(allowed);
    expect(removedSettings(config)).toEqual([]);
  });

  test("are replaced by a later layer with the present name", async () => {
    await file("spice.config.yaml", "admission: { document: { licence: refuse } }");
    const { experiment } = await resolve({ overrides: ["admission.document.license=count"] });
    expect(experiment.admission.document.license).toBe("count");
  });

  test("are refused beside the present name in one section", async () => {
    await file("spice.config.yaml", "admission: { document: { licence: refuse, license: off } }");
    const error = await refusal(resolve());
    expect(error.message).toContain("admission.document.licence: there is no such setting");
    expect(error.message).toContain("did you mean `admission.document.license`?");
  });
});

describe("a stored configuration with settings that do not exist", () => {
  const config = {
    preset: "demo",
    gone: 1,
    admission: { rhyme: "off", meter: { attempts: 0, severity: "refuse" }, accent: "count" },
  };

  test("gives the experiment without them", () => {
    expect(storedExperiment(config, "config.json")).toEqual(
      storedExperiment({ preset: "demo" }, "config.json"),
    );
  });

  test("names them with their values", () => {
    expect(removedSettings(config)).toEqual([
      { path: "admission.rhyme", value: "off" },
      { path: "admission.meter", value: { attempts: 0, severity: "refuse" } },
      { path: "admission.accent", value: "count" },
      { path: "gone", value: 1 },
    ]);
    expect(
      removedSettings(config)
        .filter(isSwitchedOff)
        .map(({ path }) => path),
    ).toEqual(["admission.rhyme", "admission.meter"]);
  });

  test("is still refused for a wrong value of a setting that exists", () => {
    const error = (() => {
      try {
        return storedExperiment({ ...config, steps: 0 }, "config.json");
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toMatchObject({ code: "CONFIG_INVALID", where: "config.json → steps" });
  });
});

describe("resolved experiments", () => {
  const spice = resolveLayers([{ name: "test", values: { preset: "spice" } }]).experiment;

  test("the preset `spice` is the paper's configuration", () => {
    expect(spice).toMatchObject({
      steps: 640,
      challenger: {
        prompts: "paper",
        documentsPerStep: 64,
        groupSize: 8,
        maxProposals: 1024,
        chunk: 8,
        temperature: 1,
        topP: 1,
        maxTokens: 4096,
        focus: "document",
        format: "model",
      },
      reasoner: { groupSize: 8, earlyStop: null, temperature: 1, topP: 1, maxTokens: 4096 },
      reward: { kind: "variance", sigma: 0.1, invalid: -0.1 },
      train: {
        learningRate: 1e-6,
        beta1: 0.9,
        beta2: 0.95,
        weightDecay: 0,
        maxGradNorm: 1,
        roles: ["challenger", "reasoner"],
      },
      admission: {
        document: { license: "off", licenses: ["any"], instructions: "off", secrets: "off", quality: "off" },
        evidence: "off",
        subject: "off",
        leak: "off",
        optionKinds: "off",
        documentReference: "off",
        deixis: "off",
        derivable: "off",
        ambiguity: "off",
        duplicates: "off",
        sameFact: "off",
        nearDuplicates: { check: "off" },
        caps: { check: "off" },
        contamination: { check: "off", sets: [], canaries: [] },
        siblings: "any",
        openBook: { attempts: 0 },
        optionsOnly: { attempts: 0 },
        subjectBlind: { attempts: 0 },
        paraphrase: { attempts: 0 },
      },
      warmup: { enabled: false },
    });
    expect(spice.train.loss).toMatchObject({
      surrogate: "ppo_clip",
      clipLow: 0.2,
      clipHigh: 0.2,
      correction: "token_truncate",
      correctionHigh: 2,
      kl: "none",
    });
  });

  test("survive config.json unchanged, digest included", () => {
    const again = storedExperiment(JSON.parse(JSON.stringify(spice)), "config.json");
    expect(again).toEqual(spice);
    expect(experimentDigest(again)).toBe(experimentDigest(spice));
  });

  test("have digests that ignore key order and nothing else", () => {
    const { name, ...rest } = spice;
    expect(experimentDigest({ ...rest, name })).toBe(experimentDigest(spice));
    expect(experimentDigest({ ...spice, seed: 2 })).not.toBe(experimentDigest(spice));
  });

  test("explain every leaf once, with value and origin", () => {
    const resolved = resolveLayers([{ name: "file", values: { trainer: { engine: { threads: 2 } } } }]);
    const explained = explain(resolved);
    expect(new Set(explained.map((one) => one.path)).size).toBe(explained.length);
    expect(explained.every((one) => one.value !== undefined && one.description !== "")).toBe(true);
    expect(explained.find((one) => one.path === "trainer.engine")).toMatchObject({
      value: { threads: 2 },
      origin: "file",
    });
  });

  test("say where they differ", () => {
    const other = { ...spice, reward: { ...spice.reward, sigma: 0.2 } };
    expect(differingSettings(spice, other)).toEqual([{ path: "reward.sigma", run: 0.1, control: 0.2 }]);
  });
});

test("a mix may ask for any type of answer, and for no other", () => {
  const mixed = (answerType: string) => {
    const mix = [{ format: { kind: "free", answerType }, share: 1 }];
    return storedExperiment({ challenger: { format: "mix", mix } }, "config.json").challenger.mix[0];
  };
  for (const answerType of FREE_ANSWER_TYPES)
    expect(mixed(answerType).format).toEqual({ kind: "free", answerType });
  expect(() => mixed("essay")).toThrow(SpiceError);
});
