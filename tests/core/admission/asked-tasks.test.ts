import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { AdmissionConfig } from "../../../src/core/admission/config.js";
import { AskedTasks } from "../../../src/core/admission/repeats/asked-tasks.js";
import type { Task } from "../../../src/core/records/task.js";
import { ALL_CHECKS, makeTask } from "../../support/fixtures.js";

const config: AdmissionConfig = {
  ...ALL_CHECKS,
  sameFact: "refuse",
  caps: { check: "refuse", stepsPerDocument: 3, stepsPerAnswer: 2 },
};

const ask = (question: string, answer: string, document = "d1"): Task =>
  makeTask({ question, answer, segmentId: `${document}:0-9` });
const refusal = (memory: AskedTasks, task: Task) => memory.screen(task).refusal?.code ?? null;

describe("AskedTasks", () => {
  test("refuses what was asked before: exactly, in other words, for the same answer of the document", () => {
    const memory = new AskedTasks({ ...config, caps: ALL_CHECKS.caps });
    memory.remember([ask("What is the capital of Chad?", "N'Djamena")]);
    expect(refusal(memory, ask("Which is Chad's capital?", "N'Djamena", "d2"))).toBe("duplicate");
    expect(refusal(memory, ask("Which city is the capital of Chad?", "N'Djamena", "d2"))).toBe(
      "near_duplicate",
    );
    expect(refusal(memory, ask("Where does Chad's government sit?", "N'Djamena"))).toBe("same_fact");
    expect(refusal(memory, ask("What is the capital of Mali?", "Bamako", "d2"))).toBeNull();
    expect(refusal(memory, ask("What is the main language of Chad?", "French"))).toBeNull();
  });

  test("a quoted sentence is another fact in another segment of the document", () => {
    const memory = new AskedTasks({ ...config, caps: ALL_CHECKS.caps });
    const gap = (sentence: string, segment: string) =>
      makeTask({
        question: `Which name completes "${sentence}"?`,
        answer: "Falcot",
        segmentId: `d1:${segment}`,
      });
    memory.remember([gap("The servers of ___ run in a cellar.", "0-9")]);
    expect(refusal(memory, gap("A new office of ___ opens in Lyon.", "9-20"))).toBeNull();
    expect(refusal(memory, gap("A new office of ___ opens in Lyon.", "0-9"))).toBe("same_fact");
  });

  test("the same question with another gold is a conflict, whatever document it is about", () => {
    const memory = new AskedTasks({ ...config, caps: ALL_CHECKS.caps });
    memory.remember([ask("What is the capital of Chad?", "N'Djamena")]);
    expect(refusal(memory, ask("what is the capital of Chad", "Fort-Lamy", "d2"))).toBe("conflicting_gold");
    expect(refusal(memory, ask("What is the capital of Chad?", "the N’Djamena", "d2"))).toBe("duplicate");
    expect(refusal(memory, ask("What is the capital of Mali?", "Bamako", "d2"))).toBeNull();
    const counting = new AskedTasks({
      ...config,
      conflicts: "count",
      nearDuplicates: { check: "off", similarity: 1 },
    });
    counting.remember([ask("What is the capital of Chad?", "N'Djamena")]);
    const { refusal: none, findings } = counting.screen(ask("What is the capital of Chad?", "Abeche", "d2"));
    expect([none, findings.map((one) => one.code)]).toEqual([null, ["conflicting_gold"]]);
  });

  test("multiple choice with other options is another question", () => {
    const memory = new AskedTasks({ ...config, nearDuplicates: { check: "off", similarity: 1 } });
    const pick = (answer: string, options: readonly string[], segmentId = "d1:0-9") =>
      makeTask({ question: "Which of these borders Chad?", answer, answerType: "mcq", options, segmentId });
    memory.remember([pick("Niger", ["Niger", "Mali", "Togo", "Benin"])]);
    expect(refusal(memory, pick("Libya", ["Libya", "Mali", "Togo", "Benin"], "d2:0-9"))).toBeNull();
    expect(refusal(memory, pick("Mali", ["Niger", "Mali", "Togo", "Benin"], "d2:0-9"))).toBe(
      "conflicting_gold",
    );
  });

  test("a gap is the same question with other options, and without options", () => {
    const memory = new AskedTasks({
      ...config,
      sameFact: "off",
      nearDuplicates: { check: "off", similarity: 1 },
    });
    const question = 'Which name completes "The servers of ___ run in a cellar."?';
    const gap = (options: readonly string[]) =>
      makeTask({
        question,
        answer: "Falcot",
        answerType: options.length === 0 ? "string" : "mcq",
        options,
        segmentId: "d1:0-9",
      });
    memory.remember([gap(["Falcot", "Debian", "Lyon", "Linux"])]);
    expect(refusal(memory, gap(["Falcot", "Ubuntu", "Paris", "Windows"]))).toBe("duplicate");
    expect(refusal(memory, gap([]))).toBe("duplicate");
  });

  test("a cap counts steps, not the proposals of one step", () => {
    const caps = {
      ...config,
      duplicates: "off",
      sameFact: "off",
      nearDuplicates: { check: "off", similarity: 1 },
    } as const;
    const memory = new AskedTasks(caps);
    memory.remember(["a", "b", "c", "d", "e"].map((letter) => ask(`What is ${letter}?`, letter)));
    expect(refusal(memory, ask("What is f?", "f"))).toBeNull();
    memory.remember([ask("What is g?", "g")]);
    memory.remember([ask("What is h?", "h")]);
    expect(refusal(memory, ask("What is f?", "f"))).toBe("over_cap");
    expect(refusal(memory, ask("What is f?", "f", "d2"))).toBeNull();
    memory.remember([ask("What else is a?", "A", "d3")]);
    expect(refusal(memory, ask("Which is a?", "a", "d4"))).toBe("over_cap");
  });

  test("with severity `count` a repeat is noted and let pass", () => {
    const memory = new AskedTasks({
      ...config,
      duplicates: "count",
      nearDuplicates: { check: "count", similarity: 0.75 },
    });
    memory.note(ask("What is the capital of Chad?", "N'Djamena"));
    const { refusal: refused, findings } = memory.screen(
      ask("What is the capital of Chad?", "N'Djamena", "d2"),
    );
    expect(refused).toBeNull();
    expect(findings.map((one) => one.code)).toEqual(["duplicate", "near_duplicate"]);
  });

  test("a check that is off says nothing about a repeat", () => {
    const memory = new AskedTasks({
      ...{ duplicates: "off", sameFact: "off", nearDuplicates: { check: "off", similarity: 0.75 } },
      conflicts: "off",
      caps: ALL_CHECKS.caps,
    });
    const task = ask("What is the capital of Chad?", "N'Djamena");
    memory.remember([task]);
    expect(memory.screen(task)).toEqual({ refusal: null, findings: [] });
    expect([memory.hasTask(task), memory.hasFact(task), memory.hasReworded(task)]).toEqual([
      false,
      false,
      false,
    ]);
    expect([memory.stepsOfDocument(task), memory.stepsOfAnswer(task)]).toEqual([0, 0]);
  });

  test("built again from the same episodes in the same order, it says the same", () => {
    const word = fc.constantFrom(
      "capital",
      "river",
      "Chad",
      "Mali",
      "border",
      "1960",
      "largest",
      "port",
      "of",
      "the",
    );
    const task = fc
      .record({
        question: fc.array(word, { minLength: 1, maxLength: 8 }).map((all) => `What is ${all.join(" ")}?`),
        answer: fc.oneof(word, fc.string({ maxLength: 6 })),
        document: fc.constantFrom("d1", "d2", "d3", "d4"),
      })
      .map(({ question, answer, document }) => ask(question, answer, document));
    const episodes = fc.array(fc.array(task, { maxLength: 4 }), { maxLength: 12 });
    fc.assert(
      fc.property(episodes, fc.array(task, { maxLength: 10 }), (all, probes) => {
        const first = new AskedTasks(config);
        for (const tasks of all) first.remember(tasks);
        const again = new AskedTasks(config);
        for (const tasks of all) again.remember(tasks);
        for (const probe of [...probes, ...all.flat()])
          expect(again.screen(probe)).toEqual(first.screen(probe));
      }),
      { numRuns: 60 },
    );
  });
});
