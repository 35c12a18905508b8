import { z } from "zod";

/** `model`: the policy, its context and its adapters. */
export const modelSchema = z
  .strictObject({
    id: z
      .string()
      .min(1)
      .default("Qwen/Qwen3-4B-Base")
      .describe(
        "Local folder, hub id, the alias `smollm2-135m`, or `run:<run>[@step]` for the trained weights of a run (torch, torch+vllm and verl; without a step, its newest checkpoint). Paper: Qwen3 base models.",
      ),
    maxContextTokens: z
      .int()
      .min(64)
      .default(12_800)
      .describe("Longest prompt and completion together, in tokens. The value of SPIRAL."),
    computeDtype: z
      .enum(["auto", "float32", "bfloat16"])
      .default("auto")
      .describe(
        "Number format of the matrix products. `auto`: bfloat16 if the processor computes it in hardware, else float32.",
      ),
    lora: z
      .strictObject({
        rank: z.int().min(1).describe("Rank of the adapters."),
        alpha: z.number().gt(0).describe("Scaling: the adapter is multiplied by alpha / rank."),
      })
      .nullable()
      .default(null)
      .describe("Low-rank adapters; null trains all weights, as the paper does."),
  })
  .describe("The policy that plays both roles.");
