import { describe, expect, test } from "@jest/globals";
import { Timeline } from "../../../src/adapters/runs/timeline.js";

describe("the user's code of a step", () => {
  test("is the code at the time of the step, also when the step was rewound and played again", () => {
    const timeline = new Timeline();
    const apply = (event: string, data: Record<string, unknown>) => timeline.apply({ event, data });
    for (const step of [1, 2, 3]) apply("step", { step });
    expect([timeline.code, timeline.codeOf(3)]).toEqual([null, null]);
    apply("code_changed", { committed: 3, modules: ["new"] });
    expect([timeline.code, timeline.codeOf(3), timeline.codeOf(4)]).toEqual([["new"], null, null]);
    apply("step", { step: 4 });
    apply("rewind", { to: 2 });
    apply("step", { step: 3 });
    expect([1, 2, 3].map((step) => timeline.codeOf(step))).toEqual([null, null, ["new"]]);
  });
});
