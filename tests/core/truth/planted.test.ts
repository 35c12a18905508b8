import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { verify } from "../../../src/core/answers/verify.js";
import { keyed } from "../../../src/core/random/rng.js";
import { plantedCount } from "../../../src/core/records/planted.js";
import type { Task } from "../../../src/core/records/task.js";
import { askOracle } from "../../../src/core/truth/oracle.js";
import { perturb } from "../../../src/core/truth/planted/perturb.js";
import { plantTasks } from "../../../src/core/truth/planted/plant.js";
import { reformat } from "../../../src/core/truth/planted/reformat.js";
import { plantWrongGold } from "../../../src/core/truth/planted/wrong-gold.js";
import { attempts, makeEpisode, makeProposal } from "../../support/episodes.js";
import { experiment } from "../../support/experiment.js";
import { makeSegment, makeTask, sha256 } from "../../support/fixtures.js";

const word = fc.stringMatching(/^[A-Z][a-z]{1,8}$/);
const phrase = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(" "));
const whole = fc.integer({ min: -10_000_000, max: 10_000_000 }).map(String);

const task = fc.oneof(
  phrase.map((answer) => makeTask({ answer, answerType: "string" })),
  whole.map((answer) => makeTask({ answer, answerType: "integer" })),
  fc
    .oneof(whole, fc.constantFrom("x^2 + 1", "\\frac{a}{b}", "3/4", "2x"))
    .map((answer) => makeTask({ answer, answerType: "expression" })),
  fc
    .constantFrom("1,284,000 sq km", "60,000 people", "2,500 m", "37 °C", "12.5%")
    .map((answer) => makeTask({ answer, answerType: "quantity" })),
  fc
    .constantFrom("3.14", "1,284,000", "0.05", "12.5%", "2.5 million")
    .map((answer) => makeTask({ answer, answerType: "number" })),
  fc
    .constantFrom("1 July 1962", "July 1962", "1962", "1962-07-01")
    .map((answer) => makeTask({ answer, answerType: "date" })),
  fc.constantFrom("yes", "No", "true", "False").map((answer) => makeTask({ answer, answerType: "boolean" })),
  fc
    .array(word, { minLength: 1, maxLength: 4 })
    .chain((parts) => fc.constantFrom("list", "set").map((kind) => ({ parts, kind })))
    .map(({ parts, kind }) =>
      makeTask({ answer: [...new Set(parts)].join("; "), answerType: kind === "list" ? "list" : "set" }),
    ),
  fc
    .uniqueArray(phrase, { minLength: 4, maxLength: 4, selector: (text) => text.toLowerCase() })
    .map((options): Task => {
      const made = makeTask({ answer: options[2] as string, answerType: "mcq", options });
      return { ...made, shuffled: options };
    }),
);

describe("answers that are planted", () => {
  test("the gold in another form is right for every type and every trick", () => {
    fc.assert(
      fc.property(task, fc.nat(), (one, seed) => {
        expect(verify(one, reformat(one, keyed(seed)).text)).toBe("correct");
      }),
    );
  });

  test("a changed answer is never right", () => {
    fc.assert(
      fc.property(task, fc.nat(), (one, seed) => {
        expect(verify(one, perturb(one, keyed(seed)).text)).not.toBe("correct");
      }),
    );
  });
});

const facts = (subject: string, capital: string, language: string, people: string) => [
  { field: "Capital", subject, values: [capital] },
  { field: "Main language", subject, values: [language] },
  { field: "Population", subject, values: [people] },
];
const segmentOf = (subject: string, capital: string, language: string, people: string) =>
  makeSegment(
    `Country: ${subject}\nCapital: ${capital}\nMain language: ${language}\nPopulation: ${people}`,
    facts(subject, capital, language, people),
    subject,
  );
const chad = segmentOf("Chad", "N'Djamena", "French", "11,631,456");
const peru = segmentOf("Peru", "Lima", "Spanish", "30,375,603");
const togo = segmentOf("Togo", "Lome", "Ewe", "7,552,318");

describe("plantWrongGold", () => {
  test("the facts contradict the planted gold, whatever the trick, and never the true one", () => {
    const tricks = new Set<string>();
    for (let seed = 0; seed < 200; seed += 1) {
      const made = plantWrongGold(chad, [peru, togo], seed % 2 === 0 ? "mcq" : "free", keyed(seed));
      if (made === null) throw new Error("Chad has facts");
      tricks.add(made.trick);
      expect(askOracle(chad, made.candidate)).toBe("wrong");
      expect(askOracle(chad, { ...made.candidate, answer: made.gold, options: [] })).toBe("right");
    }
    expect([...tricks].sort()).toEqual(["changed", "other_document", "other_field"]);
  });

  test("without facts nothing is planted", () => {
    expect(plantWrongGold(makeSegment("text"), [peru], "free", keyed(1))).toBeNull();
  });
});

describe("plantTasks", () => {
  const admitted = makeProposal({
    task: makeTask(),
    attempts: attempts("correct", "wrong"),
    openBook: attempts("correct"),
  });
  const played = [chad, peru].map((segment) => ({ segment, episode: makeEpisode([admitted]) }));
  const all = (seed: number) =>
    plantTasks({ ...experiment, seed }, 3, played, sha256).flatMap(({ episode }) => episode.canaries ?? []);

  test("a step has at least one planted task of each kind and examiner", () => {
    const seen = new Set(all(1).map(({ kind, judge }) => `${kind}/${judge}`));
    expect([...seen].sort()).toEqual([
      "right_answer/verifier",
      "wrong_answer/verifier",
      "wrong_gold/gate",
      "wrong_gold/oracle",
    ]);
  });

  test("the same seed plants the same, another seed something else", () => {
    expect(all(1)).toEqual(all(1));
    expect(all(1)).not.toEqual(all(2));
  });

  test("an empty step plants nothing; one judgement in a hundred is planted, at least one", () => {
    expect(plantTasks(experiment, 1, [], sha256)).toEqual([]);
    expect([0, 1, 100, 1000].map(plantedCount)).toEqual([0, 1, 1, 10]);
  });
});
