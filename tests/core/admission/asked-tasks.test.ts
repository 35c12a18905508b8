import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { AskedTasks } from "../../../src/core/admission/repeats/asked-tasks.js";
import type { AdmissionConfig } from "../../../src/core/records/experiment.js";
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

  test("checks that are off refuse nothing that was asked before", () => {
    const memory = new AskedTasks({
      ...{ duplicates: "off", sameFact: "off", nearDuplicates: { check: "off", similarity: 0.75 } },
      caps: ALL_CHECKS.caps,
    });
    const asked = ask("What is the capital of Chad?", "N'Djamena");
    for (let step = 0; step < 5; step += 1) memory.remember([asked]);
    expect(memory.screen(asked)).toEqual({ refusal: null, findings: [] });
  });

  test("screening leaves no trace: what is built again from the episodes alone refuses the same", () => {
    const word = fc.constantFrom(
      ...["capital", "river", "Chad", "Mali", "border", "1960", "largest", "port", "of", "the"],
    );
    const task = fc
      .record({
        question: fc.array(word, { minLength: 1, maxLength: 8 }).map((all) => `What is ${all.join(" ")}?`),
        answer: fc.oneof(word, fc.string({ maxLength: 6 })),
        document: fc.constantFrom("d1", "d2", "d3", "d4"),
      })
      .map(({ question, answer, document }) => ask(question, answer, document));
    const episodes = fc.array(fc.array(task, { maxLength: 4 }), { minLength: 1, maxLength: 12 });
    let refused = 0;
    fc.assert(
      fc.property(episodes, fc.array(task, { maxLength: 10 }), (all, strangers) => {
        const ofRun = new AskedTasks(config);
        const again = new AskedTasks(config);
        for (const tasks of all) {
          for (const one of [...tasks, ...strangers]) ofRun.screen(one);
          ofRun.remember(tasks);
          again.remember(tasks);
        }
        for (const one of [...all.flat(), ...strangers]) {
          const said = ofRun.screen(one);
          expect(again.screen(one)).toEqual(said);
          if (said.refusal !== null) refused += 1;
        }
      }),
      { numRuns: 60 },
    );
    expect(refused).toBeGreaterThan(100);
  });
});
