import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { challengerReward, twoArmReward } from "../../../src/core/game/rewards.js";
import { diagnosed, twoArm } from "../../../src/core/game/two-arm.js";
import { attempts, makeEpisode, makeProposal } from "../../support/episodes.js";

const of = (correct: number, graded: number) => ({ correct, graded });

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
    expect(challengerReward(3, 8, config, of(0, 4))).toBe(challengerReward(3, 8, config, of(4, 4)));
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
    expect(diagnosed(makeEpisode([makeProposal()])).proposals[0]).not.toHaveProperty("twoArm");
  });
});
