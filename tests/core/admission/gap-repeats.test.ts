import { describe, expect, test } from "@jest/globals";
import { GapRepeats } from "../../../src/core/admission/repeats/gap-repeats.js";
import { makeTask } from "../../support/fixtures.js";

const gap = (id: string, options: readonly string[], answer = "Falcot") => ({
  ...makeTask({
    question: 'Which name completes "The servers of ___ run in a cellar."?',
    answer,
    answerType: "mcq",
    options,
  }),
  id,
});

describe("GapRepeats", () => {
  test("the same gap with other wrong options is a repeat, and an equal task is none", () => {
    const repeats = new GapRepeats();
    const first = gap("1", ["Falcot", "Debian", "Lyon", "Linux"]);
    expect(repeats.screen(first).ok).toBe(true);
    repeats.note(first);
    expect(repeats.screen(first).ok).toBe(true);
    expect(repeats.screen(gap("2", ["Falcot", "Ubuntu", "Paris", "Windows"]))).toMatchObject({
      code: "duplicate",
    });
    expect(repeats.screen(gap("3", ["Debian", "Ubuntu", "Paris", "Windows"], "Debian")).ok).toBe(true);
  });

  test("questions without a gap are not compared", () => {
    const repeats = new GapRepeats();
    const task = { ...makeTask({ question: "What is the capital of Chad?" }), id: "1" };
    repeats.note(task);
    expect(repeats.screen({ ...task, id: "2" }).ok).toBe(true);
  });
});
