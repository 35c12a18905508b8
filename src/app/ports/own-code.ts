import type { LoadedCheck } from "../../core/admission/own-checks.js";
import type { RewardVariant } from "../../core/game/rewards/variant.js";

/**
 * The code of the user that decides results. The functions are pure and are called synchronously;
 * they throw a `SpiceError` when the code of the user fails.
 */
export interface OwnCode {
  /** The formula of `reward.module`; null unless `reward.kind` is `own`. */
  readonly reward: RewardVariant | null;
  /** The checks of `admission.own`, in their order. */
  readonly checks: readonly LoadedCheck[];
  /** Labels of the reason codes of these checks. */
  readonly labels: Readonly<Record<string, string>>;
}

/** No code of the user. */
export const NO_OWN_CODE: OwnCode = { reward: null, checks: [], labels: {} };
