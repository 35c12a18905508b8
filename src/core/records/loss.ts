/** Explicit policy-gradient loss; presets are expanded into this form, which is what is logged and digested. */
export interface PolicyGradientLoss {
  readonly kind: "policy_gradient";
  readonly surrogate: "ppo_clip" | "cispo" | "plain";
  readonly ratio: "token" | "sequence" | "none";
  /** What the current probability is divided by. `current`: itself, detached, so the ratio is exactly 1 on-policy. */
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

/** Supervised token loss: -log p(token). Used by the warm start. */
export interface CrossEntropyLoss {
  readonly kind: "cross_entropy";
}

export type LossSpec = PolicyGradientLoss | CrossEntropyLoss;

/** AdamW, every setting explicit at each call; schedules live with the experiment. */
export interface OptimSpec {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Global norm; null switches clipping off. */
  readonly maxGradNorm: number | null;
  /** Forget both moments before this update: for a change of objective, after the warm start. */
  readonly resetMoments: boolean;
}
