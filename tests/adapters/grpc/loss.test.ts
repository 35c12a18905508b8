import { describe, expect, test } from "@jest/globals";
import { lossMessage } from "../../../src/adapters/grpc/loss.js";
import { CorrectionPair, RatioBaseline } from "../../../src/gen/spice/trainer/v1/losses.js";
import { LOSS } from "../../contract/fake-trainer.js";

describe("the loss on the wire", () => {
  test("names the pair of the correction after the baseline", () => {
    const pairOf = (changes: Partial<typeof LOSS>) => {
      const { kind } = lossMessage({ ...LOSS, ...changes });
      return kind?.$case === "policyGradient" ? kind.value.correction?.pair : null;
    };
    expect(pairOf({})).toBe(CorrectionPair.CURRENT_OVER_BEHAVIOUR);
    expect(pairOf({ ratioBaseline: "old" })).toBe(CorrectionPair.OLD_OVER_BEHAVIOUR);
    expect(pairOf({ correction: "none" })).toBe(CorrectionPair.UNSPECIFIED);
    const plain = lossMessage({ ...LOSS, surrogate: "plain", ratio: "none" }).kind;
    expect(plain).toMatchObject({
      value: { surrogate: { $case: "plain" }, ratioBaseline: RatioBaseline.UNSPECIFIED },
    });
  });
});
