import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { admit } from "../../../src/core/admission/admit.js";
import { screenDocument } from "../../../src/core/admission/document/screen-document.js";
import { examine } from "../../../src/core/admission/examine.js";
import { refused } from "../../../src/core/checks/check.js";
import { keyed } from "../../../src/core/random/rng.js";
import type { Candidate } from "../../../src/core/records/task.js";
import { ALL_CHECKS, everyCheck, makeCandidate, makeSegment, sha256 } from "../../support/fixtures.js";

const chad = makeSegment(
  "Country: Chad\nCapital: N'Djamena\nArea: 1,284,000 sq km\nLanguages: French, Arabic",
);
const OPTIONS = ["Abuja", "N'Djamena", "Niamey", "Bangui"];

const codesOf = (candidate: Candidate, config = ALL_CHECKS, off: "skip" | "run" = "skip") =>
  examine(candidate, { segment: chad, focus: null, config, evaluations: null, off }).findings.map(
    ({ code, severity }) => `${severity} ${code}`,
  );

describe("examine", () => {
  test("finds nothing in a good candidate, and says where the evidence stands", () => {
    const found = examine(makeCandidate(), {
      ...{ segment: chad, focus: null, config: ALL_CHECKS, evaluations: null },
    });
    expect(found.findings).toEqual([]);
    expect(found.evidence === null ? "" : chad.text.slice(found.evidence.start, found.evidence.end)).toBe(
      "N'Djamena",
    );
  });

  test("goes on after a refusal", () => {
    const candidate = makeCandidate({ question: "What is the capital of this country, N'Djamena?" });
    const all = codesOf(candidate);
    expect(all).toEqual(
      expect.arrayContaining(["refuse subject_missing", "refuse dangling_deixis", "refuse answer_leak"]),
    );
  });

  test("runs checks that are off only when it is asked to", () => {
    const candidate = makeCandidate({ question: "What is the capital of this country, N'Djamena?" });
    expect(codesOf(candidate, everyCheck("off"))).toEqual([]);
    expect(codesOf(candidate, everyCheck("off"), "run")).toContain("off answer_leak");
  });

  test("runs the checks of the user, with their severities", () => {
    const own = (["refuse", "count", "off"] as const).map((severity) => ({
      name: severity,
      severity,
      run: () => refused(`own_${severity}`, "Found."),
    }));
    const { findings } = examine(makeCandidate(), {
      ...{ segment: chad, focus: null, config: ALL_CHECKS, evaluations: null, own },
    });
    expect(findings.map(({ code }) => code)).toEqual(["own_refuse", "own_count"]);
  });

  test("the first refusal is the reason that admit gives", () => {
    const word = fc.constantFrom(
      "What",
      "is",
      "the",
      "capital",
      "of",
      "Chad",
      "this",
      "N'Djamena",
      "it",
      "12",
      "?",
    );
    const answer = fc.constantFrom("N'Djamena", "French", "Abuja", "1,284,000 sq km", "12", "Chad");
    const candidate = fc.record({
      question: fc.array(word, { minLength: 1, maxLength: 8 }).map((words) => words.join(" ")),
      answer,
      options: fc.constantFrom<readonly string[]>([], OPTIONS, ["Abuja", "12"], ["a", "a", "b", "c"]),
    });
    fc.assert(
      fc.property(candidate, fc.constantFrom("refuse", "count"), (made, severity) => {
        const answerType = made.options.length > 0 ? "mcq" : "string";
        const whole = makeCandidate({ ...made, answerType });
        const config = everyCheck(severity);
        const admitted = admit(whole, {
          segment: chad,
          document: screenDocument(chad, config),
          optionRng: (id) => keyed("options", id),
          ...{ focus: null, config, hash: sha256, evaluations: null },
        });
        const { findings } = examine(whole, { segment: chad, focus: null, config, evaluations: null });
        const first = findings.find((one) => one.severity === "refuse");
        expect(first?.code ?? null).toBe(admitted.ok ? null : admitted.code);
      }),
    );
  });
});
