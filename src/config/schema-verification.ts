import { z } from "zod";
import type { Experiment } from "../core/experiment/experiment.js";

const share = z.number().min(0).max(1);

const secondOpinionSchema = z
  .strictObject({
    mode: z
      .enum(["off", "measure", "review"])
      .default("off")
      .describe(
        "`measure` counts disagreements, `review` also writes them to the run's review.jsonl. Needs `spice trainer install grader`.",
      ),
    share: share
      .default(0.1)
      .describe("Share of the answers of its types that math-verify gets; the seed picks them."),
    workers: z.int().min(1).max(64).default(1).describe("Processes of math-verify."),
    timeoutMs: z
      .int()
      .min(100)
      .default(5000)
      .describe(
        "Wall time of one pair, in milliseconds; then its process is killed. math-verify's own default.",
      ),
  })
  .describe("math-verify in its own processes. It never changes a reward.");

const judgeSchema = z
  .strictObject({
    mode: z
      .enum(["off", "doubt", "rescue"])
      .default("off")
      .describe(
        "`doubt` only notes disagreements. `rescue` may change `wrong` to `correct`, after a test that the judge refuses empty answers.",
      ),
    baseUrl: z
      .url({ protocol: /^https?$/, error: "must be an http or https address" })
      .nullable()
      .default(null)
      .describe("OpenAI-compatible endpoint, for example `http://127.0.0.1:8000/v1`."),
    model: z.string().min(1).nullable().default(null).describe("Name of the model there."),
    keyVariable: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of an environment variable, not a key")
      .nullable()
      .default(null)
      .describe("Name of the environment variable that holds the endpoint's key; null for none."),
    share: share
      .default(0.1)
      .describe("Share of the `string` answers that `doubt` asks about; the seed picks them."),
    concurrency: z.int().min(1).max(256).default(4).describe("Requests in flight at most."),
    timeoutMs: z.int().min(100).default(30_000).describe("One request, milliseconds."),
    maxShare: share
      .default(0.1)
      .describe(
        "`rescue`: stop (exit 4) when more than this share of a step's positive rewards is the judge's.",
      ),
  })
  .refine(({ mode, baseUrl, model }) => mode === "off" || (baseUrl !== null && model !== null), {
    path: ["baseUrl"],
    message: "and `model` are needed when the judge is on",
  })
  .describe("A language model for answers of type `string`.");

/** Verifiers beside the typed rules (docs/truth.md). Off in every preset. */
export const verificationSchema = z
  .strictObject({
    secondOpinion: secondOpinionSchema.prefault({}),
    judge: judgeSchema.prefault({}),
  })
  .describe("Other verifiers look at verdicts (docs/truth.md). The paper has none.");

/**
 * `rescue` changes verdicts after the attempts were drawn: both others took the rules' verdicts for
 * final, or look at one arm.
 */
export function refuseRescue(
  { verification, reasoner, reward }: Pick<Experiment, "verification" | "reasoner" | "reward">,
  context: z.RefinementCtx,
): void {
  if (verification.judge.mode !== "rescue") return;
  if (reasoner.earlyStop === null && reward.kind !== "two_arm") return;
  context.addIssue({
    code: "custom",
    path: ["verification", "judge", "mode"],
    message: "`rescue` does not go with reasoner.earlyStop or reward.kind: two_arm",
  });
}
