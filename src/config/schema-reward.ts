import { z } from "zod";
import { moduleOptions, modulePath } from "./schema-own-code.js";

/** `reward`: the formula for the Challenger. */
export const rewardSchema = z
  .strictObject({
    kind: z
      .enum(["variance", "two_arm", "own"])
      .default("variance")
      .describe(
        "`variance`: from the variance of the blind attempts (paper). `two_arm`: 0.6 x a score of the blind pass rate, highest from 0.4 to 0.6, + 0.4 x the gain in pass rate with the document (SPADE, arXiv 2608.19197); needs `admission.openBook`. `own`: your own formula in `module`.",
      ),
    module: modulePath("reward")
      .nullable()
      .default(null)
      .describe("Module with your own formula, for `kind: own` (docs/own-code.md)."),
    options: moduleOptions().describe("Options of that module."),
    sigma: z
      .number()
      .gt(0)
      .default(0.1)
      .describe("Width of the Gaussian over the variance of the attempts. Paper: sigma squared is 0.01."),
    invalid: z.number().default(-0.1).describe("Reward of an invalid proposal (rho). Paper: -0.1."),
  })
  .describe("Reward of the Challenger. The reward of the Reasoner is 1 for a correct answer, else 0.");
