import { expect, test } from "@jest/globals";
import { pickPlayed } from "../../../src/app/self-play/documents.js";
import type { TaskFormat } from "../../../src/core/records/task.js";
import { experiment } from "../../support/experiment.js";
import { makeSegment } from "../../support/fixtures.js";
import { MemoryCorpus } from "../../support/memory.js";

const dated = Array.from({ length: 6 }, (_, index) =>
  makeSegment(`The mill of the town number ${index} was built by hand in ${1801 + index}.`),
);
const undated = Array.from({ length: 6 }, (_, index) =>
  makeSegment(`Elder bark of sort ${index} is used for wool by Anna Dyer of the old town.`),
);
const corpus = new MemoryCorpus(
  [...dated, ...undated].map((segment, index) => ({ ...segment, id: `s${index}` })),
);
const withMix = (format: TaskFormat) => ({
  ...experiment,
  challenger: {
    ...experiment.challenger,
    focus: "passage" as const,
    format: "mix" as const,
    mix: [{ format, share: 1 }] as const,
  },
});

test("with a passage as focus, the documents have a passage for the type that is asked for", async () => {
  const picked = await pickPlayed(corpus, withMix({ kind: "free", answerType: "date" }), 4, 1, ["key"]);
  expect(picked.map(({ text }) => text.includes("was built"))).toEqual([true, true, true, true]);
});

test("a segment that was played is played again only when no other suits", async () => {
  const format: TaskFormat = { kind: "free", answerType: "date" };
  const isDated = ({ text }: { readonly text: string }) => text.includes("was built");
  const played = new Set(["s0", "s1", "s2", "s3"]);
  const picked = await pickPlayed(corpus, withMix(format), 3, 1, ["key"], played);
  expect(picked.every(isDated)).toBe(true);
  expect(picked.map(({ id }) => id)).toEqual(expect.arrayContaining(["s4", "s5"]));
  expect(new Set(picked.map(({ id }) => id)).size).toBe(3);
});

test("when too few documents suit, the others fill the step, each once", async () => {
  const picked = await pickPlayed(corpus, withMix({ kind: "free", answerType: "date" }), 9, 1, ["key"]);
  expect(new Set(picked.map(({ id }) => id)).size).toBe(9);
  expect(picked.filter(({ text }) => text.includes("was built"))).toHaveLength(6);
});
