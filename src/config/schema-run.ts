import { z } from "zod";
import { share } from "./schema-numbers.js";
import { moduleOptions, modulePath } from "./schema-own-code.js";

/** `run`: the run directory, and limits that stop a run. */
export const runSchema = z
  .strictObject({
    dir: z
      .string()
      .min(1)
      .default("./runs")
      .describe("Folder of the run directories, relative to the working directory."),
    saveEverySteps: z
      .int()
      .min(0)
      .default(20)
      .describe(
        "Steps from one checkpoint to the next. The last step always has a checkpoint; with 0, no other step has one.",
      ),
    keepCheckpoints: z.int().min(1).default(2).describe("Number of checkpoints that are kept, newest first."),
    keepBatches: z
      .enum(["all", "checkpoint"])
      .default("all")
      .describe(
        "Recorded batches that are kept: `all`, or with `checkpoint` the batches after the oldest kept checkpoint. A batch of the paper's size takes about 20 MB.",
      ),
    sampleRetries: z
      .int()
      .min(0)
      .max(10)
      .default(2)
      .describe(
        "Number of times that a sample which the engine lost is repeated, with the same seed, before it counts as lost.",
      ),
    maxInfrastructureShare: share
      .default(0.1)
      .describe(
        "The run stops (exit 4) when the engine loses more than this share of the samples of a step.",
      ),
    sinks: z
      .array(z.strictObject({ module: modulePath("sink"), options: moduleOptions() }))
      .default([])
      .describe("Your own sinks: modules that get the metrics of each step (docs/own-code.md)."),
    ownCodeTimeoutMs: z
      .int()
      .min(10)
      .default(1000)
      .describe("Longest call of your own reward or check, in milliseconds."),
    ownCodeReadTimeoutMs: z
      .int()
      .min(100)
      .default(60_000)
      .describe(
        "Longest time to load a module of yours, and longest call of your own reader, source or sink, in milliseconds.",
      ),
  })
  .describe("The run directory, and limits that stop a run.");
