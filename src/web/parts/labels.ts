import { labelOf } from "../../core/admission/codes.js";
import { STAGE_LABELS } from "../../core/admission/stages.js";
import type { FunnelReason, FunnelStage } from "../../core/analysis/funnel.js";

/** What a refusal means, in a few words: the label that its check gives to the reason code. */
export const refusalText = labelOf;

const OUTCOMES: Readonly<Record<string, string>> = {
  not_graded: "all attempts lost by the engine",
  never_right: "no blind attempt was right",
  always_right: "every blind attempt was right",
};

/** What every way to end means, in a few words: a refusal, or what the blind attempts were. */
export function reasonText(reason: FunnelReason): string {
  return OUTCOMES[reason] ?? labelOf(reason);
}

/** What passing a stage means. */
export const STAGE_TEXT: Readonly<Record<FunnelStage, string>> = {
  ...STAGE_LABELS,
  attempts: "answered, or outside the group",
  difficulty: "neither too easy nor too hard",
};
