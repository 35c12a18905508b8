import { z } from "zod";
import type { Experiment } from "../core/experiment/experiment.js";
import { admissionSchema } from "./schema-admission.js";
import { corpusSchema } from "./schema-corpus.js";
import { modelSchema } from "./schema-model.js";
import { rewardSchema } from "./schema-reward.js";
import { challengerSchema, reasonerSchema } from "./schema-roles.js";
import { refuseContradictions } from "./schema-rules.js";
import { runSchema } from "./schema-run.js";
import { trainSchema, warmupSchema } from "./schema-train.js";
import { trainerSchema } from "./schema-trainer.js";
import { refuseRescue, verificationSchema } from "./schema-verification.js";

/**
 * The schema of the experiment. An unknown key is an error. Its defaults are the preset `spice`,
 * and a preset is a layer over them. When a description names no source, the paper gives no value
 * and the choice is ours.
 */
export const experimentSchema = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
        "must be 1 to 64 letters, digits, dots, dashes or underscores",
      )
      .default("spice")
      .describe("Name of the experiment; part of the run directory's name."),
    preset: z
      .enum(["spice", "demo"])
      .default("spice")
      .describe(
        "Defaults to start from: `spice` follows the paper, `demo` runs on two cores, where a step takes minutes.",
      ),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .default(1)
      .describe("Seed of all samples and of all picks."),
    steps: z.int().min(1).default(640).describe("Training steps (T). Paper: 640."),
    model: modelSchema.prefault({}),
    corpus: corpusSchema.prefault({}),
    challenger: challengerSchema.prefault({}),
    reasoner: reasonerSchema.prefault({}),
    admission: admissionSchema.prefault({}),
    reward: rewardSchema.prefault({}),
    verification: verificationSchema.prefault({}),
    train: trainSchema.prefault({}),
    warmup: warmupSchema.prefault({}),
    trainer: trainerSchema.prefault({}),
    run: runSchema.prefault({}),
  })
  .superRefine(refuseContradictions)
  .superRefine(refuseRescue);

/** The content of a configuration file. All fields are optional, and unknown fields are refused. */
export type ExperimentInput = z.input<typeof experimentSchema>;

/**
 * Parses a configuration. The return type proves at compile time that the schema gives exactly the
 * type of the core.
 */
export const parseExperiment = (value: unknown): z.ZodSafeParseResult<Experiment> =>
  experimentSchema.safeParse(value);
