import type { z } from "zod";
import { MODEL_CHECKS } from "../core/admission/checks.js";
import { allowedByLuck } from "../core/admission/model/demand.js";
import type { Experiment } from "../core/experiment/experiment.js";

/** Adds an issue for each pair of settings that contradict each other. */
export function refuseContradictions(
  { corpus, challenger, reasoner, admission, reward, train, warmup }: Experiment,
  context: z.RefinementCtx,
): void {
  const refuse = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
  if (challenger.maxProposals < challenger.groupSize) {
    refuse(["challenger", "maxProposals"], `must be at least challenger.groupSize (${challenger.groupSize})`);
  }
  if (challenger.focus === "passage" && challenger.prompts === "paper")
    refuse(
      ["challenger", "focus"],
      "`passage` needs challenger.prompts: small or small-prose; the paper's prompts have no place for it",
    );
  if (corpus.warmupShare + corpus.evalShare >= 1)
    refuse(
      ["corpus", "evalShare"],
      "leaves nothing for self-play: the two shares must add up to less than 1",
    );
  for (const { setting } of MODEL_CHECKS) {
    const settings = admission[setting];
    const { attempts } = settings;
    if ("required" in settings && settings.required > attempts)
      refuse(
        ["admission", setting, "required"],
        `must not exceed admission.${setting}.attempts (${attempts})`,
      );
    if ("allowed" in settings && attempts > 0 && (settings.allowed ?? allowedByLuck(attempts)) >= attempts)
      refuse(
        ["admission", setting, "attempts"],
        `is too few to refuse anything (${attempts}): 3 or more, or an allowed below it`,
      );
  }
  if (reasoner.earlyStop !== null && reasoner.earlyStop >= reasoner.groupSize)
    refuse(["reasoner", "earlyStop"], `must be below reasoner.groupSize (${reasoner.groupSize})`);
  if (reward.kind === "two_arm" && admission.openBook.attempts === 0)
    refuse(["reward", "kind"], "`two_arm` needs attempts with the document: set admission.openBook.attempts");
  if ((reward.kind === "own") !== (reward.module !== null))
    refuse(
      ["reward", "module"],
      reward.kind === "own"
        ? "must name a module when reward.kind is `own`"
        : "is used with reward.kind `own` only",
    );
  if (train.loss.correctionLow >= train.loss.correctionHigh)
    refuse(["train", "loss", "correctionHigh"], "must be above train.loss.correctionLow");
  if (!warmup.enabled && warmup.pairs !== null)
    refuse(
      ["warmup", "pairs"],
      "is used only by the warm start: set warmup.enabled to true, or leave warmup.pairs out",
    );
  if (warmup.enabled && corpus.warmupShare === 0 && warmup.pairs === null)
    refuse(
      ["corpus", "warmupShare"],
      "must be above 0 when warmup.enabled is true: the warm start needs documents of its own, or pairs (warmup.pairs)",
    );
}
