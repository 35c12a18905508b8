import { z } from "zod";
import type { Experiment } from "../core/experiment/experiment.js";
import { share } from "./schema-numbers.js";

const secondOpinionSchema = z
  .strictObject({
    mode: z
      .enum(["off", "measure", "review"])
      .default("off")
      .describe(
        "`measure` counts disagreements. `review` also writes them to the review.jsonl of the run. Needs `spice trainer install grader`.",
      ),
    share: share
      .default(0.1)
      .describe(
        "Share of the answers that math-verify also verifies, among the answer types that it supports. The seed picks them.",
      ),
    workers: z.int().min(1).max(64).default(1).describe("Number of processes of math-verify."),
    timeoutMs: z
      .int()
      .min(100)
      .default(5000)
      .describe(
        "Time limit for one pair, in milliseconds. The process is killed after it. The default of math-verify itself.",
      ),
  })
  .describe("math-verify in its own processes. It never changes a reward.");

const judgeSchema = z
  .strictObject({
    mode: z
      .enum(["off", "doubt", "rescue"])
      .default("off")
      .describe(
        "`doubt` only records disagreements. `rescue` may change `wrong` to `correct`, after a test that the judge refuses empty answers.",
      ),
    baseUrl: z
      .url({ protocol: /^https?$/, error: "must be an http or https address" })
      .nullable()
      .default(null)
      .describe("OpenAI-compatible endpoint, for example `http://127.0.0.1:8000/v1`."),
    model: z.string().min(1).nullable().default(null).describe("Name of the model at the endpoint."),
    keyVariable: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of an environment variable, not a key")
      .nullable()
      .default(null)
      .describe("Name of the environment variable that contains the key of the endpoint; null for none."),
    share: share
      .default(0.1)
      .describe(
        "Share of the `string` answers that the judge also judges with `doubt`. The seed picks them.",
      ),
    concurrency: z.int().min(1).max(256).default(4).describe("Largest number of simultaneous requests."),
    timeoutMs: z.int().min(100).default(30_000).describe("Time limit of a request, in milliseconds."),
    maxShare: share
      .default(0.1)
      .describe(
        "`rescue`: the run stops (exit 4) when more than this share of the positive rewards of a step comes from the judge.",
      ),
  })
  .refine(({ mode, baseUrl, model }) => mode === "off" || (baseUrl !== null && model !== null), {
    path: ["baseUrl"],
    message: "and `model` are needed when the judge is on",
  })
  .describe("A language model for answers of type `string`.");

/** Verifiers in addition to the typed rules (docs/truth.md). They are off in every preset. */
export const verificationSchema = z
  .strictObject({
    secondOpinion: secondOpinionSchema.prefault({}),
    judge: judgeSchema.prefault({}),
  })
  .describe("Verifiers in addition to the typed rules (docs/truth.md). The paper has none.");

/**
 * Adds an issue when `rescue` is combined with `earlyStop`, `two_arm` or `own`. `rescue` changes
 * verdicts after all attempts were sampled. `earlyStop` treats the verdicts of the rules as final,
 * and with a formula that reads both arms the judge would change the attempts of one arm only.
 */
export function refuseRescue(
  { verification, reasoner, reward }: Pick<Experiment, "verification" | "reasoner" | "reward">,
  context: z.RefinementCtx,
): void {
  if (verification.judge.mode !== "rescue") return;
  if (reasoner.earlyStop === null && reward.kind === "variance") return;
  context.addIssue({
    code: "custom",
    path: ["verification", "judge", "mode"],
    message: "`rescue` cannot be combined with reasoner.earlyStop or reward.kind: two_arm or own",
  });
}
