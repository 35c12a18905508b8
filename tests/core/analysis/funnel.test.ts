import { describe, expect, test } from "@jest/globals";
import { REFUSALS, stageOf } from "../../../src/core/admission/codes.js";
import { Funnel } from "../../../src/core/analysis/funnel.js";
import type { ProposalRecord } from "../../../src/core/records/episode.js";
import type { Refusal } from "../../../src/core/records/task.js";
import { attempts, makeEpisode, makeProposal } from "../../support/episodes.js";

const refused = (refusal: Refusal, detail = "why") =>
  makeProposal({ refusal, detail, text: `text of ${refusal}` });
const graded = (passRate: number | null) =>
  makeProposal({ passRate, attempts: attempts("correct").map((one) => ({ ...one, answer: "Lima" })) });

function reportOf(proposals: readonly ProposalRecord[], examples = 2) {
  const funnel = new Funnel(examples);
  funnel.add(makeEpisode(proposals));
  return funnel.report();
}

describe("Funnel", () => {
  test("every stage passes on what it did not lose, down to tasks of middling difficulty", () => {
    const report = reportOf([
      refused("unparsable"),
      refused("answer_leak"),
      refused("answer_leak"),
      refused("duplicate"),
      refused("open_book_failed"),
      graded(0),
      graded(1),
      graded(0.5),
      makeProposal({ selected: false }),
    ]);
    expect(report.stages.map(({ stage, entered, passed }) => [stage, entered, passed])).toEqual([
      ["engine", 9, 9],
      ["form", 9, 8],
      ["checks", 8, 6],
      ["memory", 6, 5],
      ["model", 5, 4],
      ["attempts", 4, 4],
      ["difficulty", 4, 2],
    ]);
    expect(report).toMatchObject({ proposals: 9, admitted: 4, learnable: 1, warnings: [] });
  });

  test("documents that were refused before anything was written are counted by reason", () => {
    const funnel = new Funnel(1);
    const documentRefusal = { code: "document_opted_out", detail: "why" } as const;
    funnel.add({ ...makeEpisode([]), documentRefusal });
    funnel.add(makeEpisode([graded(0.5)]));
    expect(funnel.report()).toMatchObject({ documents: 2, documentsRefused: { document_opted_out: 1 } });
  });

  test("examples say which proposal it was, what it said and why it died, and are limited by reason", () => {
    const report = reportOf([
      refused("answer_leak", "first"),
      refused("answer_leak"),
      refused("answer_leak"),
    ]);
    const [loss] = report.stages.find(({ stage }) => stage === "checks")?.lost ?? [];
    expect(loss).toMatchObject({ reason: "answer_leak", count: 3, share: 1 });
    expect(loss?.examples.map(({ index, text, detail }) => [index, text, detail])).toEqual([
      [0, "text of answer_leak", "first"],
      [1, "text of answer_leak", "why"],
    ]);
  });

  test("a task that nobody solves shows its question, its gold and what was answered", () => {
    const [loss] = reportOf([graded(0)]).stages.at(-1)?.lost ?? [];
    expect(loss?.examples[0]?.text).toContain("Gold: N'Djamena");
    expect(loss?.examples[0]?.detail).toBe("Answers: Lima");
  });

  test("it warns when nothing passes a stage and when one reason dominates", () => {
    const report = reportOf(Array.from({ length: 8 }, () => refused("answer_leak")));
    expect(report.warnings).toEqual([
      { kind: "nothing_passes", stage: "checks", entered: 8 },
      { kind: "one_reason", reason: "answer_leak", count: 8, share: 1 },
    ]);
    expect(reportOf([]).warnings).toEqual([{ kind: "nothing_written" }]);
  });

  test("a code of an older version that no check has any more is counted as a pure check's, after the known codes", () => {
    const report = reportOf([refused("answer_leak"), refused("retired_check")]);
    const checks = report.stages.find(({ stage }) => stage === "checks");
    expect(checks?.lost.map(({ reason, count }) => [reason, count])).toEqual([
      ["answer_leak", 1],
      ["retired_check", 1],
    ]);
    expect(report.admitted).toBe(0);
  });

  test("every reason code belongs to a stage, and losses add up to the proposals", () => {
    const report = reportOf(REFUSALS.map((reason) => refused(reason)));
    const lost = report.stages.flatMap((one) => one.lost).reduce((sum, one) => sum + one.count, 0);
    expect(lost).toBe(REFUSALS.length);
    expect(report.admitted).toBe(0);
    expect(stageOf("infrastructure")).toBe("engine");
  });
});
