import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { agreement, agreementTable, judgePair, readLabelled } from "../../../bench/verify/labelled.js";
import { isVerifiable, verify } from "../../../src/core/answers/verify.js";
import type { AnswerPolicy, AnswerType } from "../../../src/core/records/answer.js";
import { FREE_ANSWER_TYPES } from "../../../src/core/records/answer.js";

const read = (name: string) => readFileSync(new URL(`../../data/verifier/${name}`, import.meta.url), "utf8");

describe.each<[string, string, number]>([
  ["the labelled set", "labelled.jsonl", 420],
  ["the set of kinds that people and chat models write", "kinds.jsonl", 500],
])("%s", (_, file, least) => {
  const pairs = readLabelled(read(file));

  test("has enough pairs of all types, each once, with golds that can be verified", () => {
    expect(pairs.length).toBeGreaterThanOrEqual(least);
    // Formulas have their own tests beside the labelled set.
    const types = new Set([...pairs.map(({ type }) => type), "expression" as const]);
    expect(types).toEqual(new Set(["mcq", ...FREE_ANSWER_TYPES]));
    expect(new Set(pairs.map(({ id }) => id)).size).toBe(pairs.length);
    const subjects = pairs.map(({ type, gold, policy, options, answer }) =>
      JSON.stringify([type, gold, policy, options, answer]),
    );
    expect(new Set(subjects).size).toBe(pairs.length);
    for (const { gold, type, policy } of pairs)
      expect([gold, isVerifiable(gold, type, policy)]).toEqual([gold, true]);
  });

  test("every verdict is the label", () => {
    const disagreements = pairs.flatMap((pair) => {
      const verdict = judgePair(pair);
      return verdict === pair.expected ? [] : [{ ...pair, verdict }];
    });
    expect(disagreements).toEqual([]);
  });

  test("a right answer beside another one, in doubt or denied is never correct", () => {
    const wrappers: readonly ((right: string, other: string) => string)[] = [
      (right, other) => `${right} or ${other}`,
      (right, other) => `${other} or ${right}`,
      (right, other) => `${right}; ${other}`,
      (right, other) => `${right} | ${other}`,
      (right, other) => `${right}, maybe ${other}`,
      (right, other) => `**${right}** **${other}**`,
      (right, other) => `\\boxed{${right}} \\boxed{${other}}`,
      (right) => `maybe ${right}`,
      (right) => `about ${right}`,
      (right) => `not ${right}`,
      (right) => `anything but ${right}`,
      (right) => `${right} is wrong`,
      (right) => `\u2260 ${right}`,
      (right) => `\u00ac${right}`,
      (right) => `!${right}`,
      (right) => `The answer is not ${right}`,
    ];
    // Only for multiple choice do these words say nothing (docs/verification.md).
    const lead = (right: string) => `The answer is ${right}`;
    const taken = pairs
      .filter(({ expected }) => expected === "correct")
      .flatMap((pair) => {
        const others = pairs
          .filter(({ gold, expected }) => gold === pair.gold && expected === "wrong")
          .slice(0, 2);
        return [...others.map(({ answer }) => answer), "foo"].flatMap((other) =>
          [...wrappers, ...(pair.type === "mcq" ? [] : [lead])]
            .map((wrap) => wrap(pair.answer, other))
            .filter((answer) => judgePair({ ...pair, answer }) === "correct"),
        );
      });
    expect(taken).toEqual([]);
  });

  test("without formulas, 99 of 100 pairs take less than a millisecond", () => {
    const times = pairs
      .filter(({ type }) => type !== "expression")
      .map((pair) => fastestOf(3, () => judgePair(pair)))
      .sort((one, other) => one - other);
    expect(times[Math.floor(0.99 * times.length)]).toBeLessThan(1);
  });

  test("precision and recall are counted over what is called correct and what is", () => {
    const [first, second, third] = pairs.filter(({ type }) => type === "integer");
    if (first === undefined || second === undefined || third === undefined) throw new Error("too few pairs");
    const three = [
      { ...first, expected: "correct" as const },
      { ...second, expected: "correct" as const },
      { ...third, expected: "wrong" as const },
    ];
    const rows = agreement(three, ({ id }) => (id === second.id ? "unparsable" : "correct"));
    expect(rows).toEqual([
      { type: "integer", pairs: 3, agreed: 1, precision: 0.5, recall: 0.5 },
      { type: "all", pairs: 3, agreed: 1, precision: 0.5, recall: 0.5 },
    ]);
    expect(agreementTable(rows)).toContain("50.0 %");
  });
});

interface HostileAnswer {
  readonly id: string;
  readonly type: AnswerType;
  readonly gold: string;
  readonly options?: readonly string[];
  readonly policy?: AnswerPolicy;
  readonly answer?: string;
  /** An answer too large to be written out. */
  readonly repeat?: {
    readonly before: string;
    readonly text: string;
    readonly times: number;
    readonly after: string;
  };
}

describe("the hostile set", () => {
  const attacks = read("hostile.jsonl")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as HostileAnswer);
  const textOf = ({ answer, repeat }: HostileAnswer) =>
    answer ?? (repeat === undefined ? "" : repeat.before + repeat.text.repeat(repeat.times) + repeat.after);

  test("has at least 220 answers", () => {
    expect(attacks.length).toBeGreaterThanOrEqual(220);
  });

  test("nothing in it is correct, throws, or takes 50 ms", () => {
    for (const attack of attacks) {
      const task = {
        answerType: attack.type,
        answer: attack.gold,
        shuffled: attack.options ?? [],
        ...(attack.policy && { policy: attack.policy }),
      };
      const answer = textOf(attack);
      expect([attack.id, verify(task, answer)]).not.toEqual([attack.id, "correct"]);
      expect([attack.id, fastestOf(3, () => verify(task, answer)) < 50]).toEqual([attack.id, true]);
    }
  });

  test("a megabyte is refused in less than a millisecond", () => {
    const answer = "7".repeat(1_000_000);
    for (const answerType of ["mcq", ...FREE_ANSWER_TYPES] as const) {
      const took = fastestOf(5, () => verify({ answerType, answer: "7", shuffled: [] }, answer));
      expect(took).toBeLessThan(1);
    }
  });
});

/**
 * Processor milliseconds of the cheapest of several tries: what the machine does meanwhile is not
 * the verifier's time.
 */
function fastestOf(tries: number, run: () => void): number {
  const times = Array.from({ length: tries }, () => {
    const began = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}
