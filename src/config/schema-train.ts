import { z } from "zod";
import { WARMUP_SOURCES } from "../core/experiment/experiment.js";

/**
 * The policy-gradient loss in explicit form. The formulas are in
 * `proto/spice/trainer/v1/losses.proto`.
 */
export const lossSchema = z
  .strictObject({
    kind: z
      .literal("policy_gradient")
      .default("policy_gradient")
      .describe("Loss family. Self-play uses only this family."),
    surrogate: z
      .enum(["ppo_clip", "cispo", "plain"])
      .default("ppo_clip")
      .describe("Form of the surrogate. The paper gives no loss per token; Dr. GRPO in Oat clips per token."),
    ratio: z.enum(["token", "sequence", "none"]).default("token").describe("Level of the probability ratio."),
    ratioBaseline: z
      .enum(["old", "behaviour", "current"])
      .default("current")
      .describe(
        "Divisor of the current probability in the ratio. With `current` and one update for each batch, the ratio is exactly 1.",
      ),
    clipLow: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe("Distance of the lower clip bound from 1. Oat's default."),
    clipHigh: z
      .number()
      .min(0)
      .default(0.2)
      .describe("Distance of the upper clip bound from 1. Oat's default; 0.28 is clip-higher."),
    dualClip: z
      .number()
      .gt(1)
      .nullable()
      .default(null)
      .describe("Bound of the loss for negative advantages; null for none."),
    correction: z
      .enum(["none", "token_truncate", "sequence_truncate", "token_mask", "sequence_mask", "geometric_mask"])
      .default("token_truncate")
      .describe("Importance correction between the policy that sampled and the policy that trains."),
    correctionLow: z.number().min(0).default(0).describe("Lower bound of the correction factor."),
    correctionHigh: z
      .number()
      .gt(0)
      .default(2)
      .describe("Upper bound of the correction factor. Oat v0.2.3 truncates at 2."),
    kl: z
      .enum(["none", "k1", "k2", "k3"])
      .default("none")
      .describe("Estimator of the KL to the reference. Paper: no KL."),
    klCoefficient: z.number().min(0).default(0).describe("Weight of the KL term. Paper: 0."),
    klClamp: z
      .number()
      .gt(0)
      .nullable()
      .default(null)
      .describe("Bound of the log-ratio inside the KL term; null for none."),
    entropyCoefficient: z
      .number()
      .min(0)
      .default(0)
      .describe("Weight of the entropy bonus. The paper mentions no entropy bonus."),
  })
  .describe("Policy-gradient loss, in the explicit form that is sent, logged and digested.");

/** Optimizer and loss of the joint update of both roles. */
export const trainSchema = z
  .strictObject({
    learningRate: z
      .number()
      .min(0)
      .default(1e-6)
      .describe("AdamW learning rate, constant. Paper: 1e-6. 0 is a control run."),
    beta1: z.number().min(0).lt(1).default(0.9).describe("Decay of the first moment. Oat's default."),
    beta2: z.number().min(0).lt(1).default(0.95).describe("Decay of the second moment. Oat's default."),
    epsilon: z.number().gt(0).default(1e-8).describe("Added to the root of the second moment."),
    weightDecay: z.number().min(0).default(0).describe("Decoupled weight decay. Oat's default."),
    maxGradNorm: z
      .number()
      .gt(0)
      .nullable()
      .default(1)
      .describe(
        "Largest global gradient norm; a larger gradient is scaled down. null for no limit. Oat's default.",
      ),
    loss: lossSchema.prefault({}),
    stopWhenIdle: z
      .int()
      .min(1)
      .nullable()
      .default(10)
      .describe(
        "The run stops (exit 4) after this number of steps in a row without any gradient; null for never. A step has no gradient when no group has variance, for example when no proposal is admitted.",
      ),
    roles: z
      .array(z.enum(["challenger", "reasoner"]))
      .min(1)
      .default(["challenger", "reasoner"])
      .describe("Roles that are trained. A single role is an ablation of the paper."),
  })
  .describe("Optimizer and loss of the joint update.");

/** Supervised warm start. It is off by default, and small models need it. */
export const warmupSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe(
        "True to teach the formats before step 1, on documents that self-play never uses. The paper has no warm start.",
      ),
    sources: z
      .array(z.enum(WARMUP_SOURCES))
      .min(1)
      .default([...WARMUP_SOURCES])
      .describe(
        "Where the tasks of the warm start come from, best first: structured `facts` of the documents, `pairs` that you give, tasks `mined` from sentences without a model. A document uses the first source that gives it any task.",
      ),
    pairs: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe(
        "JSONL file with `text`, `question` and `answer` on each line, and perhaps `type`, `wrong` and `title` (docs/your-documents.md); null for none.",
      ),
    steps: z.int().min(0).default(0).describe("Optimizer steps of the warm start."),
    maxRepeats: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe(
        "The warm start has fewer steps when they would teach each task of its documents more often than this. A small model that is taught few tasks many times writes their answers about every document; null for no limit, for example for a model with random weights. `spice init` writes 3.",
      ),
    documentsPerStep: z.int().min(1).default(8).describe("Documents of a warm-start step."),
    learningRate: z
      .number()
      .min(0)
      .default(1e-5)
      .describe(
        "Peak AdamW learning rate of the warm start. It is reached after three steps and then falls linearly until the end.",
      ),
  })
  .describe("Supervised warm start before step 1.");
