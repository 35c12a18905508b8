import type { LossSpec, OptimSpec, PolicyGradientLoss } from "../../core/records/loss.js";
import {
  CorrectionKind,
  CorrectionPair,
  KlEstimator,
  type LossSpec as LossMessage,
  RatioBaseline,
  RatioLevel,
  ReferenceKind,
} from "../../gen/spice/trainer/v1/losses.js";
import type { OptimSpec as OptimMessage } from "../../gen/spice/trainer/v1/training.js";

const RATIOS = { token: RatioLevel.TOKEN, sequence: RatioLevel.SEQUENCE, none: RatioLevel.NONE } as const;

const BASELINES = {
  old: RatioBaseline.OLD,
  behaviour: RatioBaseline.BEHAVIOUR,
  current: RatioBaseline.CURRENT,
} as const;

const CORRECTIONS = {
  none: CorrectionKind.NONE,
  token_truncate: CorrectionKind.TOKEN_TRUNCATE,
  sequence_truncate: CorrectionKind.SEQUENCE_TRUNCATE,
  token_mask: CorrectionKind.TOKEN_MASK,
  sequence_mask: CorrectionKind.SEQUENCE_MASK,
  geometric_mask: CorrectionKind.GEOMETRIC_MASK,
} as const;

const ESTIMATORS = {
  none: KlEstimator.NONE,
  k1: KlEstimator.K1,
  k2: KlEstimator.K2,
  k3: KlEstimator.K3,
} as const;

/** Converts a loss to the message of the contract. */
export function lossMessage(loss: LossSpec): LossMessage {
  if (loss.kind === "cross_entropy") return { kind: { $case: "crossEntropy", value: {} } };
  return {
    kind: {
      $case: "policyGradient",
      value: {
        surrogate: surrogate(loss),
        ratio: RATIOS[loss.ratio],
        ratioBaseline: loss.ratio === "none" ? RatioBaseline.UNSPECIFIED : BASELINES[loss.ratioBaseline],
        correction: {
          kind: CORRECTIONS[loss.correction],
          low: loss.correctionLow,
          high: loss.correctionHigh,
          pair: correctionPair(loss),
        },
        kl: {
          estimator: ESTIMATORS[loss.kl],
          coefficient: loss.klCoefficient,
          clamp: loss.klClamp ?? undefined,
          reference: loss.kl === "none" ? ReferenceKind.NONE : ReferenceKind.BASE,
        },
        entropyCoefficient: loss.entropyCoefficient,
      },
    },
  };
}

function surrogate({ surrogate: kind, clipLow, clipHigh, dualClip }: PolicyGradientLoss) {
  switch (kind) {
    case "ppo_clip":
      return { $case: "ppoClip" as const, value: { clipLow, clipHigh, dualClip: dualClip ?? undefined } };
    case "cispo":
      return { $case: "cispo" as const, value: { clipLow, clipHigh } };
    case "plain":
      return { $case: "plain" as const, value: {} };
  }
}

/** The pair depends on the baseline (losses.proto, CorrectionPair). */
function correctionPair({ correction, ratio, ratioBaseline }: PolicyGradientLoss): CorrectionPair {
  if (correction === "none") return CorrectionPair.UNSPECIFIED;
  return ratio !== "none" && ratioBaseline === "old"
    ? CorrectionPair.OLD_OVER_BEHAVIOUR
    : CorrectionPair.CURRENT_OVER_BEHAVIOUR;
}

/**
 * Converts the optimizer settings to the message of the contract. Other fields of the object are
 * left out.
 */
export function optimMessage(optim: OptimSpec): OptimMessage {
  const { learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm, resetMoments } = optim;
  return {
    learningRate,
    beta1,
    beta2,
    epsilon,
    weightDecay,
    maxGradNorm: maxGradNorm ?? undefined,
    resetMoments,
  };
}
