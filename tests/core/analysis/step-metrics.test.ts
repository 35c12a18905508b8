import { expect, test } from "@jest/globals";
import { ADMISSION_CODES, REFUSALS } from "../../../src/core/admission/codes.js";
import { stepMetrics } from "../../../src/core/analysis/step-metrics.js";
import type { Experiment } from "../../../src/core/experiment/experiment.js";
import { rescoreEpisode } from "../../../src/core/game/score.js";
import { attempts, makeEpisode, makeProposal } from "../../support/episodes.js";
import { makeTask } from "../../support/fixtures.js";

const experiment = {
  reward: { kind: "variance", sigma: 0.1, invalid: -0.1 },
  reasoner: { groupSize: 8, earlyStop: null },
} as Experiment;

test("one step, counted by hand", () => {
  const repeat = makeProposal({ refusal: "duplicate", task: makeTask(), gold: null });
  const first = rescoreEpisode(
    makeEpisode(
      [
        makeProposal({ attempts: attempts("correct", "wrong"), openBook: attempts("correct", "correct") }),
        makeProposal({
          attempts: attempts("wrong", "wrong"),
          gold: "wrong",
          task: makeTask({ question: "Other thing?" }),
        }),
        repeat,
        makeProposal({ refusal: "unparsable" }),
        makeProposal({ refusal: "infrastructure" }),
      ],
      0,
    ),
    experiment,
  );
  const second = rescoreEpisode(
    makeEpisode([
      makeProposal({
        refusal: "evidence_missing",
        findings: [
          { code: "subject_missing", detail: "a" },
          { code: "subject_missing", detail: "b" },
        ],
      }),
    ]),
    experiment,
  );
  const metrics = stepMetrics(7, [first, second]);
  expect(metrics).toMatchObject({
    step: 7,
    documents: 2,
    documents_with_task_share: 0.5,
    proposals: 5,
    tasks: 2,
    parsed_share: 0.8,
    admitted_share: 0.4,
    mcq_share: 0,
    reasoner_reward_mean: 0.5,
    groups: 3,
    zero_variance_groups: 1,
    pass_rate_mean: 0.25,
    learnable_share: 0.5,
    pass_hist_0: 1,
    pass_hist_4: 1,
    pass_hist_8: 0,
    attempts: 4,
    open_book_correct_share: 1,
    infrastructure_errors: 1,
    refusal_duplicate: 1,
    refusal_unparsable: 1,
    refusal_evidence_missing: 1,
    refusal_answer_leak: 0,
    finding_subject_missing: 1,
    finding_answer_leak: 0,
    gold_right: 1,
    gold_wrong: 1,
    gold_unknown: 0,
    gold_accuracy: 0.5,
  });
  expect(metrics["challenger_reward_mean"]).toBeCloseTo((1 + Math.exp(-3.125) - 0.3) / 5, 12);
  expect(metrics["challenger_reward_admitted_mean"]).toBeCloseTo((1 + Math.exp(-3.125)) / 2, 12);
  expect(metrics["distinct_in_document_ratio"]).toBeCloseTo(2 / 3, 12);
});

test("nothing played is nothing measured, and every record has the same keys", () => {
  const empty = stepMetrics(1, []);
  expect(empty).toMatchObject({
    proposals: 0,
    admitted_share: null,
    challenger_reward_mean: null,
    gold_accuracy: null,
  });
  for (const reason of REFUSALS) expect(empty[`refusal_${reason}`]).toBe(0);
  for (const code of ADMISSION_CODES) expect(empty[`finding_${code}`]).toBe(0);
  const full = stepMetrics(1, [rescoreEpisode(makeEpisode([makeProposal()]), experiment)]);
  expect(Object.keys(full)).toEqual(Object.keys(empty));
});
