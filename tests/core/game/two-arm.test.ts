import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { ArmCount } from "../../../src/core/game/arms.js";
import { twoArm } from "../../../src/core/game/diagnosis.js";
import { challengerReward } from "../../../src/core/game/rewards/rewards.js";
import { twoArmReward as variant } from "../../../src/core/game/rewards/two-arm.js";
import { rescoreEpisode } from "../../../src/core/game/score.js";
import { attempts, makeEpisode, makeProposal } from "../../support/episodes.js";
import { experiment } from "../../support/experiment.js";

const of = (correct: number, graded: number) => ({ correct, graded });

const twoArmReward = (blind: ArmCount, open: ArmCount) => variant.reward({ blind, open }, { sigma: 0.1 });

describe("twoArmReward", () => {
  test("the band is flat from 0.4 to 0.6, falls to 0 over 0.25, and the gap adds what the document does", () => {
    // With nothing gained from the document only the band is left.
    const band = (correct: number, graded: number) => twoArmReward(of(correct, graded), of(0, 1));
    expect([band(2, 5), band(1, 2), band(3, 5)]).toEqual([0.6, 0.6, 0.6]);
    expect(band(0, 8)).toBe(0);
    expect(band(1, 4)).toBeCloseTo(0.6 * 0.4, 12);
    expect(twoArmReward(of(0, 8), of(4, 4))).toBeCloseTo(0.4, 12);
    expect(twoArmReward(of(4, 8), of(4, 4))).toBeCloseTo(0.8, 12);
  });

  test("a wrong gold, which fails in both arms, earns nothing; a hard one that its document answers does", () => {
    expect(twoArmReward(of(0, 8), of(0, 4))).toBe(0);
    expect(twoArmReward(of(0, 8), of(4, 4))).toBeGreaterThan(0.3);
  });

  test("it lies between 0 and 1 and never falls when the document helps more", () => {
    const count = fc
      .integer({ min: 1, max: 16 })
      .chain((graded) => fc.integer({ min: 0, max: graded }).map((correct) => of(correct, graded)));
    fc.assert(
      fc.property(count, count, (blind, open) => {
        const reward = twoArmReward(blind, open);
        expect(reward).toBeGreaterThanOrEqual(0);
        expect(reward).toBeLessThanOrEqual(1);
        if (open.correct < open.graded)
          expect(twoArmReward(blind, of(open.correct + 1, open.graded))).toBeGreaterThanOrEqual(reward);
      }),
    );
  });

  test("the paper's reward does not look at the document's arm", () => {
    const config = { kind: "variance" as const, sigma: 0.1 };
    expect(challengerReward({ blind: of(3, 8), open: of(0, 4) }, config)).toBe(
      challengerReward({ blind: of(3, 8), open: of(4, 4) }, config),
    );
  });
});

describe("twoArm", () => {
  test.each([
    ["wrong", ["wrong", "wrong", "correct"], ["wrong", "wrong"]],
    ["hard", ["correct", "correct"], ["wrong", "wrong"]],
    ["fitting", ["correct", "correct"], ["correct", "wrong"]],
    ["easy", ["correct"], ["correct", "correct"]],
    ["untried", ["correct"], []],
  ] as const)("%s", (diagnosis, open, blind) => {
    const arms = twoArm({ openBook: attempts(...open), attempts: attempts(...blind) });
    expect(arms?.diagnosis).toBe(diagnosis);
  });

  test("the gap is the difference of the pass rates; attempts that were lost count in neither", () => {
    const openBook = attempts("correct", "infrastructure", "correct");
    const arms = twoArm({ openBook, attempts: attempts("correct", "wrong", "infrastructure") });
    expect(arms).toEqual({ open: 1, blind: 0.5, gap: 0.5, diagnosis: "fitting" });
  });

  test("a proposal that was never tried with its document has no diagnosis", () => {
    expect(rescoreEpisode(makeEpisode([makeProposal()]), experiment).proposals[0]).not.toHaveProperty(
      "twoArm",
    );
  });
});
