import { expect, test } from "@jest/globals";
import { RunTotals } from "../../../src/core/analysis/run-totals.js";
import type { PlantedTask } from "../../../src/core/records/planted.js";
import { wilson } from "../../../src/core/statistics/intervals.js";
import { makeEpisode, makeProposal } from "../../support/episodes.js";
import { makeTask } from "../../support/fixtures.js";

const canary = (caught: boolean): PlantedTask => ({
  kind: "right_answer",
  trick: "letter",
  judge: "verifier",
  question: "",
  gold: "",
  planted: "",
  caught,
  outcome: caught ? "correct" : "wrong",
});
const mcq = makeProposal({ task: makeTask({ answerType: "mcq" }), gold: "wrong" });
const refused = makeProposal({ refusal: "answer_leak", gold: "wrong" });
const episode = {
  ...makeEpisode([makeProposal(), mcq, makeProposal({ gold: "unknown" }), refused]),
  canaries: [canary(true), canary(false)],
};

test("gold accuracy has a Wilson interval, for all types and for each, of admitted and of refused", () => {
  const totals = new RunTotals();
  totals.add(episode);
  totals.add(episode);
  const { low, high } = wilson(2, 4);
  expect(totals.metrics("_total")).toMatchObject({
    gold_accuracy_total: 0.5,
    gold_accuracy_total_n: 4,
    gold_accuracy_total_low: low,
    gold_accuracy_total_high: high,
    gold_accuracy_mcq_total: 0,
    gold_accuracy_mcq_total_n: 2,
    gold_accuracy_string_total: 1,
    gold_accuracy_refused_total: 0,
    gold_accuracy_refused_total_n: 2,
  });
  expect(totals.gold("admitted")).toEqual({ right: 2, wrong: 2, unknown: 2 });
});

test("canaries that got past a judge are counted by kind and judge", () => {
  const totals = new RunTotals();
  totals.add(episode);
  expect(totals.canaries()).toContainEqual({
    kind: "right_answer",
    judge: "verifier",
    planted: 2,
    missed: 1,
  });
  expect(totals.metrics("")).toMatchObject({
    canary_right_answer_verifier: 2,
    canary_right_answer_verifier_missed: 1,
  });
});

test("a proposal that the facts do not judge, did not parse or was lost counts nowhere", () => {
  const totals = new RunTotals();
  totals.add(
    makeEpisode([
      makeProposal({ refusal: "unparsable", gold: null }),
      makeProposal({ refusal: "infrastructure", gold: "wrong" }),
    ]),
  );
  expect(totals.metrics("").gold_accuracy).toBeNull();
  expect(totals.types()).toEqual([]);
});
