import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { REFUSALS } from "../../../src/core/admission/codes.js";
import { differences } from "../../../src/core/analysis/differences.js";
import type { Experiment } from "../../../src/core/experiment/experiment.js";
import { challengerReward } from "../../../src/core/game/rewards/rewards.js";
import type { TaskOutcome } from "../../../src/core/game/rewards/variant.js";
import { rescoreEpisode } from "../../../src/core/game/score.js";
import type { Verdict } from "../../../src/core/records/answer.js";
import { attempts, makeEpisode, makeProposal } from "../../support/episodes.js";

const reward = { kind: "variance" as const, sigma: 0.1, invalid: -0.1 };
/** Scoring reads these settings alone. */
const experiment = { reward, reasoner: { groupSize: 8, earlyStop: null as number | null } } as Experiment;

describe("scoreEpisode", () => {
  test("scores valid, invalid, lost and unselected proposals", () => {
    const episode = rescoreEpisode(
      makeEpisode(
        [
          makeProposal({ attempts: attempts("correct", "wrong", "unparsable", "correct") }),
          makeProposal({ refusal: "unparsable" }),
          makeProposal({ refusal: "infrastructure" }),
          makeProposal({ attempts: attempts("infrastructure", "infrastructure") }),
          makeProposal({ selected: false, attempts: [] }),
          makeProposal({ attempts: attempts("correct", "infrastructure", "wrong", "wrong") }),
        ],
        5,
      ),
      experiment,
    );
    const rewards = [
      1,
      -0.1,
      null,
      null,
      null,
      challengerReward({ blind: { correct: 1, graded: 3 }, open: { correct: 0, graded: 0 } }, reward),
    ];
    expect(episode.proposals.map((one) => one.reward)).toEqual(rewards);
    expect(episode.proposals.map((one) => one.passRate)).toEqual([0.5, null, null, null, null, 1 / 3]);
    const mean =
      (1 -
        0.1 +
        challengerReward({ blind: { correct: 1, graded: 3 }, open: { correct: 0, graded: 0 } }, reward)) /
      3;
    expect(episode.proposals[0]?.advantage).toBeCloseTo(1 - mean, 12);
    expect(episode.proposals.map((one) => one.advantage === null)).toEqual([
      false,
      false,
      true,
      true,
      true,
      false,
    ]);
    expect(episode.reasoner?.rewards).toEqual([1, 0, 0]);
    expect(episode.reasoner?.advantages[0]).toBeCloseTo(2 / 3, 12);
  });

  test("with a formula of the user, the formula gets the counts and the task, and a replay agrees", () => {
    const own = { ...experiment, reward: { ...reward, kind: "own" } } as unknown as Experiment;
    const seen: (string | undefined)[] = [];
    const formula = {
      readsOpenBook: false,
      reward: ({ blind, task }: TaskOutcome) => {
        seen.push(task?.question);
        return blind.correct;
      },
    };
    const recorded = makeEpisode([
      makeProposal({ attempts: attempts("correct", "wrong", "correct") }),
      makeProposal({ refusal: "unparsable" }),
    ]);
    const episode = rescoreEpisode(recorded, own, formula);
    expect(episode.proposals.map((one) => one.reward)).toEqual([2, -0.1]);
    expect(seen).toEqual([recorded.proposals[0]?.task?.question]);
    expect(differences(episode, rescoreEpisode(episode, own, formula))).toEqual([]);
    expect(() => rescoreEpisode(recorded, own)).toThrow(RangeError);
  });

  test("a document without a valid proposal trains nothing", () => {
    const episode = rescoreEpisode(
      makeEpisode(new Array(8).fill(makeProposal({ refusal: "unparsable" }))),
      experiment,
    );
    expect(episode.proposals.every((one) => one.reward === -0.1 && one.advantage === 0)).toBe(true);
    expect(episode.reasoner).toBeNull();
  });

  const verdict = fc.constantFrom<Verdict>("correct", "wrong", "unparsable", "infrastructure");
  const proposal = fc
    .record({
      refusal: fc.oneof(fc.constant(null), fc.constantFrom(...REFUSALS)),
      selected: fc.boolean(),
      verdicts: fc.array(verdict, { maxLength: 8 }),
    })
    .map(({ refusal, selected, verdicts }) =>
      makeProposal({ refusal, selected, attempts: attempts(...verdicts) }),
    );

  test("is idempotent, survives JSON, and bounds its numbers", () => {
    fc.assert(
      fc.property(fc.array(proposal, { minLength: 1, maxLength: 12 }), (proposals) => {
        const once = rescoreEpisode(makeEpisode(proposals, 0), experiment);
        const stored = JSON.parse(JSON.stringify(once));
        expect(differences(stored, rescoreEpisode(stored, experiment))).toEqual([]);
        for (const { reward: value, passRate, advantage } of once.proposals) {
          if (value !== null) expect(value === -0.1 || (value > 0 && value <= 1)).toBe(true);
          if (passRate !== null) expect(passRate >= 0 && passRate <= 1).toBe(true);
          expect(advantage === null).toBe(value === null);
        }
      }),
    );
  });
});

describe("differences", () => {
  test("names every changed leaf exactly", () => {
    const episode = rescoreEpisode(
      makeEpisode([makeProposal({ attempts: attempts("correct", "wrong") })], 0),
      experiment,
    );
    const tampered = JSON.parse(JSON.stringify(episode));
    tampered.proposals[0].reward = 1 - Number.EPSILON;
    tampered.reasoner.advantages[1] = -0.4;
    expect(differences(tampered, rescoreEpisode(tampered, experiment))).toEqual([
      { path: "proposals[0].reward", stored: 1 - Number.EPSILON, recomputed: 1 },
      { path: "reasoner.advantages[1]", stored: -0.4, recomputed: -0.5 },
    ]);
  });

  test("sees missing values and changed shapes", () => {
    expect(differences({ a: [1] }, { a: [1, 2] })).toEqual([
      { path: "a[1]", stored: undefined, recomputed: 2 },
    ]);
    expect(differences({ a: null }, { a: {} })).toEqual([{ path: "a", stored: null, recomputed: {} }]);
    expect(differences([1], { 0: 1 })).toHaveLength(1);
  });
});
