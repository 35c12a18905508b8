import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { CHECKS } from "../../../src/core/admission/checks.js";
import {
  ADMISSION_CODES,
  labelOf,
  REFUSALS,
  stageOf,
  withUnknown,
} from "../../../src/core/admission/codes.js";
import { REFUSAL_STAGES } from "../../../src/core/admission/stages.js";
import { definePatterns, firstMatch, matchOf, type PatternSet } from "../../../src/core/text/patterns.js";

describe("the list of checks", () => {
  test("the stored names of reasons never change", () => {
    // Episodes and metrics of older runs hold these names. A new check adds names; no name is taken
    // away or renamed.
    const stored = [
      "truncated, unparsable, missing_field, bad_type, too_long",
      "options_count, options_duplicate, options_without_answer, options_unusable",
      "document_licence, document_opted_out, document_hidden_text, document_instructions, document_secret",
      "document_personal_data, document_quality, evidence_missing, off_focus",
      "options_unlike, options_length, options_pattern, options_verbatim, options_two_right",
      "question_incomplete, subject_missing, document_reference, dangling_deixis, needs_text",
      "answer_leak, choice_named, answer_kind",
      "not_derivable, evidence_elsewhere, ambiguous, instructions, secret, personal_data, contaminated",
      "duplicate, conflicting_gold, same_fact, near_duplicate, over_cap",
      "guessable, open_book_failed, paraphrase_failed, infrastructure",
    ].flatMap((line) => line.split(", "));
    expect(REFUSALS.filter((code) => stored.includes(code))).toEqual(stored);
  });

  test("every check has a stage, a cost and a description that is a sentence", () => {
    for (const { stage, cost, describe: sentence } of CHECKS) {
      expect(REFUSAL_STAGES).toContain(stage);
      expect(cost).not.toBe("");
      expect(sentence).toMatch(/^[A-Z].*\.$/);
    }
  });

  test("every code has a label, and checks that share a code agree on its label and stage", () => {
    for (const { codes, stage } of CHECKS) {
      expect(Object.keys(codes)).not.toEqual([]);
      for (const [code, label] of Object.entries(codes)) {
        expect(code).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
        expect([code, labelOf(code), stageOf(code)]).toEqual([code, label, stage]);
      }
    }
    expect(new Set(REFUSALS).size).toBe(REFUSALS.length);
    expect(ADMISSION_CODES).toEqual(REFUSALS.filter((code) => ["checks", "memory"].includes(stageOf(code))));
  });

  test("a code that no check has is its own label, counts as a pure check's and comes last", () => {
    expect([labelOf("retired_check"), stageOf("retired_check")]).toEqual(["retired_check", "checks"]);
    expect(withUnknown(["retired_check", "duplicate"])).toEqual([...REFUSALS, "retired_check"]);
  });
});

const SETS: readonly PatternSet[] = [
  ...new Set(
    CHECKS.flatMap(
      (check): readonly PatternSet[] => ("patterns" in check ? check.patterns : undefined) ?? [],
    ),
  ),
];
const PATTERNS = SETS.flatMap((set) => set.patterns.map((pattern) => ({ set, pattern })));

describe("patterns", () => {
  test.each(PATTERNS.map(({ set, pattern }) => [pattern.name, set, pattern] as const))(
    "%s: found in its examples, and not found in what it must spare",
    (_, { prepare }, pattern) => {
      for (const text of pattern.matches)
        expect([text, matchOf(pattern, prepare(text)) !== null]).toEqual([text, true]);
      for (const text of pattern.spares)
        expect([text, matchOf(pattern, prepare(text)) !== null]).toEqual([text, false]);
    },
  );

  test("every pattern of a set has its own name and two different examples of each kind", () => {
    for (const { patterns } of SETS)
      expect(new Set(patterns.map((one) => one.name)).size).toBe(patterns.length);
    for (const { pattern } of PATTERNS) {
      expect(new Set(pattern.matches).size).toBeGreaterThanOrEqual(2);
      expect(new Set(pattern.spares).size).toBeGreaterThanOrEqual(2);
    }
  });

  test("every set that is defined in core is named by a check, so its examples are run", async () => {
    const files = (await readdir("src/core", { recursive: true })).filter((path) => path.endsWith(".ts"));
    const texts = await Promise.all(files.map((path) => readFile(join("src/core", path), "utf8")));
    const defined = texts.flatMap((text) => text.match(/= definePatterns\(/g) ?? []);
    expect(defined.length).toBeGreaterThanOrEqual(20);
    expect(SETS).toHaveLength(defined.length);
  });

  test("no pattern needs more than linear time on texts that repeat its beginnings", () => {
    const size = 20_000;
    const hostile = [
      ...["a", " ", "1", "1 ", "-", "<!--", "a@", "+1 ", "_", '"', "(", "a ", "A. ", "ignore ", "the ", ", "],
      ...[
        "what is the value of ",
        "if you use ",
        "\u200b",
        "\u2066",
        "之前",
        "これまでの",
        "style='",
        "is the company ",
        "x:y@",
      ],
    ].map((part) => part.repeat(Math.ceil(size / part.length)).slice(0, size));
    const slow = PATTERNS.flatMap(({ set, pattern }) =>
      hostile.flatMap((text) => {
        const began = performance.now();
        matchOf(pattern, set.prepare(text));
        const took = performance.now() - began;
        return took > 1000 ? [`${pattern.name} on ${JSON.stringify(text.slice(0, 12))}: ${took} ms`] : [];
      }),
    );
    expect(slow).toEqual([]);
  });

  test("`confirm` decides about every place, whatever the flags of the expression are", () => {
    const even = (pattern: RegExp) =>
      definePatterns(
        (text) => text,
        [
          {
            ...{ name: "even", pattern, matches: ["2", "4"], spares: ["1", "3"] },
            confirm: (found) => Number(found) % 2 === 0,
          },
        ],
      );
    for (const pattern of [/\d/, /\d/g]) {
      expect(firstMatch(even(pattern), "1 2 4")).toEqual({ name: "even", text: "2", index: 2 });
      expect(firstMatch(even(pattern), "1 3")).toBeNull();
      // A second search begins at the start of the text again.
      expect(firstMatch(even(pattern), "2")?.index).toBe(0);
    }
  });
});
