import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { memoryPlan } from "../../../src/adapters/machine/memory-plans.js";
import { readModelShape } from "../../../src/adapters/machine/model-shape.js";
import { memoryFit, requireFit } from "../../../src/app/trainer/memory-fit.js";
import { type MemorySizes, totalBytes } from "../../../src/core/trainer/memory-plan.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "spice-shape-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const CONFIG = {
  hidden_size: 2560,
  intermediate_size: 9728,
  num_hidden_layers: 36,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 128,
  vocab_size: 151_936,
};

async function writeModel(tensors: Record<string, unknown>, config: object = CONFIG): Promise<void> {
  const header = Buffer.from(JSON.stringify({ __metadata__: { format: "pt" }, ...tensors }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  await writeFile(join(folder, "model.safetensors"), Buffer.concat([length, header]));
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
}

const FOUR_BILLION = { "model.all": { dtype: "BF16", shape: [4_000_000, 1000], data_offsets: [0, 0] } };

async function sizesOf(changes: Partial<MemorySizes> = {}): Promise<MemorySizes> {
  await writeModel(FOUR_BILLION);
  const shape = await readModelShape(folder);
  if (shape === null) throw new Error("the model's shape was not read");
  return { shape, loraRank: null, computeBytes: 2, contextTokens: 4096, ...changes };
}

describe("the size of a model in a folder", () => {
  test("is read from the headers of its weight files, without the weights", async () => {
    const { shape } = await sizesOf();
    expect(shape).toEqual({
      parameters: 4_000_000_000,
      layers: 36,
      hidden: 2560,
      intermediate: 9728,
      vocabulary: 151_936,
      heads: 32,
      keyValueHeads: 8,
      headSize: 128,
    });
  });

  test("is unknown, not wrong, when files are missing or damaged", async () => {
    await writeModel(FOUR_BILLION, { hidden_size: 2560 });
    expect(await readModelShape(folder)).toBeNull();
    await writeFile(join(folder, "model.safetensors"), Buffer.alloc(16, 255));
    expect(await readModelShape(folder)).toBeNull();
    expect(await readModelShape(join(folder, "nowhere"))).toBeNull();
  });
});

describe("the plan of a trainer", () => {
  test("all weights of four billion parameters do not fit into 24 GB, and the error says what would", async () => {
    const parts = memoryPlan("torch", await sizesOf(), {});
    const fit = memoryFit(parts, 24 * 2 ** 30, "this machine");
    expect(fit.fits).toBe(false);
    expect(() => requireFit(fit)).toThrow(
      /would need about \d+\.\d GiB of memory; this machine has 24\.0 GiB/,
    );
  });

  test("the same model with adapters needs less than half", async () => {
    const full = totalBytes(memoryPlan("torch", await sizesOf(), {}));
    expect(totalBytes(memoryPlan("torch", await sizesOf({ loraRank: 16 }), {}))).toBeLessThan(full / 2);
  });

  test("each engine's own settings count", async () => {
    const sizes = await sizesOf();
    const total = (kind: string, engine = {}) => totalBytes(memoryPlan(kind, sizes, engine));
    expect(total("torch", { keep_versions: 3 }) - total("torch")).toBeCloseTo(1.1 * 8_000_000_000, -3);
    expect(total("torch+vllm", { sampler_kv_gib: 5 }) - total("torch+vllm")).toBeCloseTo(
      1.1 * 4 * 2 ** 30,
      -3,
    );
    expect(total("verl", { workers: 8, nodes: 4 })).toBeLessThan(total("verl", { workers: 2, nodes: 1 }));
    expect(total("tinker", { base_url: "https://example.org" })).toBeLessThan(2 ** 30);
    expect(total("tinker-hosted")).toBe(total("tinker", { base_url: "https://example.org" }));
  });

  test("a trainer that somebody brings is taken for one that holds what torch holds", async () => {
    const sizes = await sizesOf();
    expect(memoryPlan("mine", sizes, {})).toEqual(memoryPlan("torch", sizes, {}));
  });
});
