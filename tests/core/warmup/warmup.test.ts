import { describe, expect, test } from "@jest/globals";
import { verify } from "../../../src/core/answers/verify.js";
import type { ChallengerConfig } from "../../../src/core/experiment/experiment.js";
import { promptFamily } from "../../../src/core/prompts/families.js";
import type { PromptFamily } from "../../../src/core/prompts/family.js";
import type { Rng } from "../../../src/core/random/rng.js";
import { keyed } from "../../../src/core/random/rng.js";
import type { Fact, Segment } from "../../../src/core/records/document.js";
import { factTasks } from "../../../src/core/warmup/facts.js";
import { warmupExamples } from "../../../src/core/warmup/warmup.js";
import { makeSegment } from "../../support/fixtures.js";

/** Examples from the facts of a segment, with every proposal accepted. */
function fromFacts(
  segment: Segment,
  others: readonly Segment[],
  rng: Rng,
  family: PromptFamily,
  challenger: Pick<ChallengerConfig, "focus" | "mix">,
) {
  return warmupExamples(segment, factTasks(segment, others, rng), rng, family, challenger, () => true);
}

const COUNTRIES = ["Chad", "Mali", "Peru", "Oman", "Fiji", "Iran"];
const FIELDS = [
  "Capital",
  "Main language",
  "Currency",
  "Climate",
  "Region",
  "Government",
  "National holiday",
];

function country(subject: string): Segment {
  const facts = FIELDS.map(
    (field): Fact => ({ field, subject, values: [`${subject}ish ${field.split(" ")[0]}ia`] }),
  );
  const lines = facts.map((fact) => `${fact.field}: ${fact.values[0]}`);
  return makeSegment(`Country: ${subject}\n${lines.join("\n")}`, facts, subject);
}
const MCQ = { kind: "mcq" } as const;
const FREE = { kind: "free", answerType: "string" } as const;
const DOCUMENT = {
  focus: "document",
  mix: [
    { format: MCQ, share: 1 },
    { format: FREE, share: 1 },
  ],
} as const;
const pool = COUNTRIES.map(country);
const chad = pool[0] as Segment;

describe.each(["small", "paper"] as const)("%s", (name) => {
  const family = promptFamily(name);

  test("proposals of both formats parse and name their subject; answers with and without the document follow", () => {
    for (let draw = 0; draw < 20; draw += 1) {
      const examples = fromFacts(chad, pool, keyed("warmup", draw), family, DOCUMENT);
      const proposals = examples.filter((one) => one.role === "challenger");
      expect(proposals).toHaveLength(6);
      for (const { completion } of proposals) {
        const read = [
          family.parseProposal(completion, MCQ, true),
          family.parseProposal(completion, FREE, true),
        ].find((one) => one.ok);
        if (read?.ok !== true) throw new Error(`does not parse: ${completion}`);
        expect(chad.text).toContain(read.candidate.answer);
        expect(read.candidate.question).toContain("Chad");
      }
      expect(examples).toHaveLength(6 + 3 + 10);
    }
  });

  test("about passages, every proposal is asked for by its own and answers from it", () => {
    for (let draw = 0; draw < 20; draw += 1) {
      const examples = fromFacts(chad, pool, keyed("passage", draw), promptFamily("small"), {
        ...DOCUMENT,
        focus: "passage",
      });
      const proposals = examples.filter((one) => one.role === "challenger");
      expect(new Set(proposals.map((one) => JSON.stringify(one.prompt))).size).toBe(6);
      for (const { prompt, completion } of proposals) {
        const passage = /question about \\"(.+?)\\"/.exec(JSON.stringify(prompt))?.[1] ?? "none";
        expect(chad.text).toContain(passage);
        expect(passage).toContain(/Answer: (.+)/.exec(completion)?.[1]);
      }
    }
  });

  test("proposals come in the formats of the mix", () => {
    const counts = (mcq: number) => {
      const mix = [
        { format: MCQ, share: mcq },
        { format: FREE, share: 6 - mcq },
      ] as const;
      const examples = fromFacts(chad, pool, keyed("mix"), family, { ...DOCUMENT, mix });
      const proposals = examples.filter((one) => one.role === "challenger");
      return proposals.filter((one) => family.parseProposal(one.completion, MCQ, true).ok).length;
    };
    expect([1, 3, 5].map(counts)).toEqual([1, 3, 5]);
  });

  test("is the same for the same generator, and differs with it", () => {
    const at = (index: number) => fromFacts(chad, pool, keyed("warmup", index), family, DOCUMENT);
    expect(at(1)).toEqual(at(1));
    expect(at(1)).not.toEqual(at(2));
  });
});

test("wrong options come from other subjects and never hold a right answer", () => {
  const facts: Fact[] = [{ field: "Main language", subject: "Chad", values: ["French"] }];
  const languages = ["French", "French and Dutch", "Malay", "Thai", "Lao"];
  const others = languages.map((value, index) =>
    makeSegment(
      value,
      [{ field: "Main language", subject: `Land ${index}`, values: [value] }],
      `Land ${index}`,
    ),
  );
  const segment = makeSegment("Main language: French", facts);
  const family = promptFamily("small");
  const completions = Array.from({ length: 10 }, (_, index) =>
    fromFacts(segment, others, keyed(index), family, DOCUMENT),
  )
    .flat()
    .map((one) => one.completion)
    .filter((text) => text.includes("Wrong:"));
  expect(completions.length).toBeGreaterThan(0);
  for (const text of completions) {
    const wrong = text.split("Wrong: ")[1]?.split(" | ") ?? [];
    expect(wrong.sort()).toEqual(["Lao", "Malay", "Thai"]);
  }
});

test("facts that this piece of the document does not show are left out", () => {
  const segment = makeSegment("nothing here", chad.document.facts);
  expect(fromFacts(segment, pool, keyed(1), promptFamily("small"), DOCUMENT)).toEqual([]);
});

test("completions of the Reasoner are right answers", () => {
  const family = promptFamily("small");
  const examples = fromFacts(chad, pool, keyed(3), family, DOCUMENT).filter((one) => one.role === "reasoner");
  expect(examples.length).toBeGreaterThan(10);
  for (const { completion } of examples) {
    const values = chad.document.facts.flatMap((fact) => fact.values);
    const right = values.some(
      (answer) => verify({ answerType: "string", answer, shuffled: [] }, completion.trim()) === "correct",
    );
    expect(right).toBe(true);
  }
});
