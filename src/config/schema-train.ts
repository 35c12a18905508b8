import { z } from "zod";

/** The policy-gradient loss, spelled out; formulas in `proto/spice/trainer/v1/losses.proto`. */
export const lossSchema = z
  .strictObject({
    kind: z.literal("policy_gradient").default("policy_gradient").describe("Loss family. Self-play has one."),
    surrogate: z
      .enum(["ppo_clip", "cispo", "plain"])
      .default("ppo_clip")
      .describe("Form of the surrogate. The paper prints no token loss; Oat's Dr. GRPO clips per token."),
    ratio: z.enum(["token", "sequence", "none"]).default("token").describe("Level of the probability ratio."),
    ratioBaseline: z
      .enum(["old", "behaviour", "current"])
      .default("current")
      .describe(
        "The probability that the current probability is divided by. With `current` and one update a batch the ratio is exactly 1.",
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
      .describe("Bound for negative advantages; null is none."),
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
      .describe("Bound of the log-ratio inside the KL term; null is none."),
    entropyCoefficient: z
      .number()
      .min(0)
      .default(0)
      .describe("Weight of the entropy bonus. The paper mentions none."),
  })
  .describe("Policy-gradient loss, in the explicit form that is sent, logged and digested.");

/** Optimiser and loss of the joint update of both roles. */
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
      .describe("Global gradient norm is cut to this; null switches it off. Oat's default."),
    loss: lossSchema.prefault({}),
    roles: z
      .array(z.enum(["challenger", "reasoner"]))
      .min(1)
      .default(["challenger", "reasoner"])
      .describe("Roles that are trained; one alone is the paper's ablation."),
  })
  .describe("Optimizer and loss of the joint update.");

/** Supervised warm start; off unless a small model needs it. */
export const warmupSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe("Teach the formats first, on documents self-play never uses. A deviation from the paper."),
    steps: z.int().min(0).default(0).describe("Optimizer steps of the warm start."),
    documentsPerStep: z.int().min(1).default(8).describe("Documents of one warm-start step."),
    learningRate: z
      .number()
      .min(0)
      .default(1e-5)
      .describe(
        "Peak AdamW learning rate of the warm start: reached after three steps, then lowered linearly to its end.",
      ),
  })
  .describe("Supervised warm start before step 1.");
