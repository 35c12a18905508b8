import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { contamination } from "../../../src/core/admission/contamination/contaminated.js";
import { ContaminationIndex } from "../../../src/core/admission/contamination/contamination.js";
import type { Segment } from "../../../src/core/records/document.js";
import type { Candidate } from "../../../src/core/records/task.js";
import { ALL_CHECKS, makeCandidate, makeSegment, proposalInput } from "../../support/fixtures.js";

const LONG =
  "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May. How many clips did Natalia sell altogether in April and May?";
const index = new ContaminationIndex(
  [
    {
      name: "gsm.jsonl",
      digest: "d",
      items: [
        { id: "g1", question: LONG, answer: "72" },
        { id: "g2", question: "Which is correct?", answer: "B" },
        { id: "g3", question: "What is the top import partner of the Bahamas?", answer: "US" },
      ],
    },
  ],
  { ngram: 8, coverage: 0.5 },
);
const segment = makeSegment("Capital: N'Djamena");
const check = (
  candidate: Candidate,
  of: Segment,
  canaries: readonly string[],
  evaluations: ContaminationIndex | null,
) =>
  contamination.run({
    ...proposalInput(candidate, of),
    settings: { ...ALL_CHECKS, contamination: { ...ALL_CHECKS.contamination, canaries } },
    evaluations,
  });
const find = (question: string, answer = "x") => index.find({ question, answer })?.item ?? null;

describe("contamination", () => {
  test.each<[string, string | null]>([
    [LONG, "g1"],
    [LONG.toUpperCase().replaceAll(",", " "), "g1"],
    [`Here is a puzzle. ${LONG} Explain.`, "g1"],
    ["Natalia sold clips to 48 of her friends in April. How many did she sell?", "g1"],
    [
      "In April, Natalia sold clips to 48 of her friends; she then sold half as many in May. In April and May, how many clips altogether did Natalia sell?",
      "g1",
    ],
    ["Tom sold apples to 12 of his neighbours in June. How many apples did he sell?", null],
    ["What is the top import partner of the Gambia?", null],
    ["What is the capital of Chad?", null],
    ["", null],
  ])("%p repeats %p", (question, item) => {
    expect(find(question)).toBe(item);
  });

  test("a question that says nothing is the same only with its answer", () => {
    expect(find("Which is correct?", "B")).toBe("g2");
    expect(find("Which is correct?", "C")).toBeNull();
  });

  test("words that stand in many items are boilerplate", () => {
    const items = Array.from({ length: 20 }, (_, place) => ({
      id: String(place),
      question: `which of the following statements is the best answer to thing${place} matter${place} point${place}`,
      answer: "",
    }));
    const many = new ContaminationIndex([{ name: "m", digest: "", items }], { ngram: 8, coverage: 0.5 });
    const question = "which of the following statements is the best answer to photosynthesis in green plants";
    expect(many.find({ question, answer: "" })).toBeNull();
  });

  test("names set and item, and refuses contamination markers in the task and its document", () => {
    const refused = check(makeCandidate({ question: LONG }), segment, [], index);
    expect(refused).toMatchObject({
      code: "contaminated",
      detail: expect.stringMatching(/g1.*gsm\.jsonl/),
    });
    const canaries = ["CANARY GUID 26b5c67b"];
    const marked = makeSegment("Capital: N'Djamena\ncanary guid  26B5C67B");
    expect(check(makeCandidate(), marked, canaries, null)).toMatchObject({
      code: "contaminated",
    });
    expect(check(makeCandidate(), segment, canaries, null).ok).toBe(true);
  });

  test("words that the question quotes from its document do not count, and the same question does", () => {
    const sentence =
      "Debian was first announced by Ian Murdock on the sixteenth of August in the year 1993 to a newsgroup";
    const items = [
      { id: "q", question: `Who wrote this: ${sentence}, and where did the author live?`, answer: "Purdue" },
      { id: "same", question: `Which name completes "${sentence.replace("Ian", "___")}."?`, answer: "Ian" },
    ];
    const quoting = new ContaminationIndex([{ name: "s", digest: "", items }], { ngram: 8, coverage: 0.5 });
    const question = `Which year completes "${sentence.replace("1993", "___")}."?`;
    const text = proposalInput(makeCandidate(), makeSegment(`${sentence}.`)).text.search;
    const other = proposalInput(makeCandidate(), makeSegment("Debian is a system.")).text.search;
    const only = new ContaminationIndex([{ name: "s", digest: "", items: items.slice(0, 1) }], {
      ngram: 8,
      coverage: 0.5,
    });
    expect(only.find({ question, answer: "1993" }, text)).toBeNull();
    expect(only.find({ question, answer: "1993" }, other)).not.toBeNull();
    expect(only.find({ question, answer: "1993" })).not.toBeNull();
    expect(quoting.find({ question: items[1]?.question ?? "", answer: "Ian" }, text)?.item).toBe("same");
  });

  test("is total, and finds every item of any set again", () => {
    const item = fc.record({ id: fc.string(), question: fc.string(), answer: fc.string() });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 5 }), fc.string(), (items, question) => {
        const any = new ContaminationIndex([{ name: "s", digest: "", items }], { ngram: 8, coverage: 0.5 });
        any.find({ question, answer: "" });
        for (const one of items) if (/[a-z0-9]/i.test(one.question)) expect(any.find(one)).not.toBeNull();
      }),
    );
  });
});
