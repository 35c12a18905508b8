import { labelOf } from "../../core/admission/codes.js";
import { STAGE_LABELS } from "../../core/admission/stages.js";
import type { FunnelReason, FunnelStage } from "../../core/analysis/funnel.js";
import type { ReasonCode } from "../../core/records/finding.js";

/** Labels of the reason codes of the user's checks, by code. */
export type OwnLabels = Readonly<Record<string, string>>;

/** The meaning of a refusal in a few words: the label of its reason code. */
export function refusalText(code: ReasonCode, own: OwnLabels = {}): string {
  return Object.hasOwn(own, code) ? (own[code] ?? code) : labelOf(code);
}

const OUTCOMES: Readonly<Record<string, string>> = {
  not_graded: "all attempts lost by the engine",
  never_right: "no blind attempt was right",
  always_right: "every blind attempt was right",
};

/**
 * The meaning of a funnel reason in a few words: a refusal, or the result of the blind attempts.
 */
export function reasonText(reason: FunnelReason, own: OwnLabels = {}): string {
  return OUTCOMES[reason] ?? refusalText(reason, own);
}

/** The meaning of passing a stage. */
export const STAGE_TEXT: Readonly<Record<FunnelStage, string>> = {
  ...STAGE_LABELS,
  attempts: "answered, or outside the group",
  difficulty: "neither too easy nor too hard",
};
