/**
 * Policy-gradient loss with all settings. Presets of the configuration are expanded into this form,
 * which is logged and part of the digest.
 */
export interface PolicyGradientLoss {
  readonly kind: "policy_gradient";
  readonly surrogate: "ppo_clip" | "cispo" | "plain";
  readonly ratio: "token" | "sequence" | "none";
  /**
   * Divisor of the current probability. `current`: the probability itself without gradient, so that
   * the ratio is exactly 1 on-policy.
   */
  readonly ratioBaseline: "old" | "behaviour" | "current";
  readonly clipLow: number;
  readonly clipHigh: number;
  readonly dualClip: number | null;
  readonly correction:
    | "none"
    | "token_truncate"
    | "sequence_truncate"
    | "token_mask"
    | "sequence_mask"
    | "geometric_mask";
  readonly correctionLow: number;
  readonly correctionHigh: number;
  readonly kl: "none" | "k1" | "k2" | "k3";
  readonly klCoefficient: number;
  readonly klClamp: number | null;
  readonly entropyCoefficient: number;
}

/** Supervised loss of a token: -log p(token). The warm start uses it. */
export interface CrossEntropyLoss {
  readonly kind: "cross_entropy";
}

export type LossSpec = PolicyGradientLoss | CrossEntropyLoss;

/** Settings of AdamW, complete in each call. Schedules belong to the experiment. */
export interface OptimSpec {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Largest global norm of the gradient; null switches clipping off. */
  readonly maxGradNorm: number | null;
  /** Clears both moments before this step. Used when the objective changes after the warm start. */
  readonly resetMoments: boolean;
}
