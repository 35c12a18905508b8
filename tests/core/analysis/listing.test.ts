import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { DocumentTotals } from "../../../src/core/analysis/listing/document-list.js";
import { evidenceSentence } from "../../../src/core/analysis/listing/evidence.js";
import { Ranked } from "../../../src/core/analysis/listing/ranked.js";
import { TaskList, taskEntries } from "../../../src/core/analysis/listing/task-list.js";
import type { Episode, ProposalRecord } from "../../../src/core/records/episode.js";
import { makeEpisode, makeProposal } from "../../support/episodes.js";
import { makeTask } from "../../support/fixtures.js";

const named = (id: string, changes: Partial<ProposalRecord> = {}) =>
  makeProposal({ task: { ...makeTask(), id }, reward: 0.5, passRate: 0.5, ...changes });

const played = (step: number, documentId: string, ...proposals: ProposalRecord[]): Episode => ({
  ...makeEpisode(proposals),
  step,
  documentId,
});

describe("a ranked list", () => {
  test("has the same values as sorting everything and cutting, whatever the order of arrival", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: 1, max: 9 }), (all, limit) => {
        const ranked = new Ranked<readonly [number, number]>(limit, ([a], [b]) => a - b);
        const pairs = all.map((value, index) => [value, index] as const);
        for (const pair of pairs) ranked.add(pair);
        expect(ranked.values()).toEqual(pairs.toSorted(([a], [b]) => a - b).slice(0, limit));
      }),
    );
  });
});

describe("the tasks of a run", () => {
  test("equal tasks of an episode are one entry, with a reward where one of them has a reward", () => {
    const episode = played(
      1,
      "a",
      named("x", { reward: null, passRate: null, selected: false }),
      named("x", { reward: 0.25 }),
      makeProposal({ refusal: "answer_leak", task: { ...makeTask(), id: "y" } }),
    );
    expect(taskEntries(episode)).toMatchObject([{ index: 1, proposals: 2, reward: 0.25 }]);
  });

  const episodes = [
    played(1, "a", named("low", { reward: 0.1, passRate: 1 }), named("high", { reward: 0.9 })),
    played(2, "b", named("none", { reward: null, passRate: null })),
    played(3, "c", named("wrong", { reward: 1, gold: "wrong" })),
  ];
  const listed = (order: "best" | "worst" | "newest", limit = 9) => {
    const list = new TaskList(order, limit);
    for (const episode of episodes) for (const entry of taskEntries(episode)) list.add(entry);
    return list.entries().map(({ task }) => task.id);
  };

  test("best is by reward with wrong golds last, worst is the reverse, both without unrewarded tasks", () => {
    expect(listed("best")).toEqual(["high", "low", "wrong"]);
    expect(listed("worst")).toEqual(["wrong", "low", "high"]);
    expect(listed("worst", 1)).toEqual(["wrong"]);
  });

  test("newest is by step, the last step first", () => {
    expect(listed("newest")).toEqual(["wrong", "none", "low", "high"]);
  });
});

describe("the documents of a run", () => {
  test("are summed over their episodes and ordered by tasks; lost proposals are no refusals", () => {
    const totals = new DocumentTotals();
    const refused = (refusal: string) => makeProposal({ refusal, task: null, reward: -0.5 });
    totals.add(played(1, "poor", refused("answer_leak"), refused("bad_type"), refused("bad_type")));
    totals.add(played(1, "rich", named("x", { reward: 1, passRate: 0.5 }), refused("infrastructure")));
    totals.add(played(2, "rich", named("y", { reward: 0, passRate: 1 })));
    totals.add({ ...played(2, "closed"), documentRefusal: { code: "license", detail: "" } });
    expect(totals.counts()).toMatchObject([
      { documentId: "rich", episodes: 2, tasks: 2, proposals: 3, refused: 0, passRate: 0.75 },
      { documentId: "poor", tasks: 0, refused: 3, mainRefusal: "bad_type", reward: -0.5, passRate: null },
      { documentId: "closed", proposals: 0, documentRefusal: "license" },
    ]);
  });
});

describe("the sentence of the evidence", () => {
  test("is the sentence that holds the place, in one line", () => {
    const text = "One thing of many things. Chad became independent on\n11 August 1960. Another thing.";
    const start = text.indexOf("11 August");
    expect(evidenceSentence(text, { start, end: start + 14 })).toBe(
      "Chad became independent on 11 August 1960.",
    );
  });

  test("a very long sentence is cut around the evidence", () => {
    const text = `${"word ".repeat(200)}needle ${"word ".repeat(200)}`;
    const start = text.indexOf("needle");
    const shown = evidenceSentence(text, { start, end: start + 6 });
    expect(shown).toContain("needle");
    expect(shown.length).toBeLessThan(340);
    expect(shown.startsWith("… ") && shown.endsWith(" …")).toBe(true);
  });
});
