import { expect, test } from "@jest/globals";
import { afterProbe } from "../../src/cli/runs/after-probe.js";
import { changesAfter } from "../../src/cli/runs/probe-changes.js";
import type { Tried } from "../../src/cli/runs/probe-model.js";
import type { Advice } from "../../src/core/analysis/advice.js";

const share = (estimate: number) => ({ estimate, low: 0, high: 1, clusters: 8 });
const advice = (...settings: string[]): Advice => ({
  reason: "unparsable",
  share: 0.5,
  text: "Do.",
  settings,
});

const tried = (
  admitted: number,
  { settings = [], warmupSeconds = 0, advised = [] }: Partial<Tried> & { advised?: readonly Advice[] } = {},
): Tried =>
  ({ settings, warmupSeconds, report: { admitted: share(admitted), advice: advised } }) as unknown as Tried;

const given = { set: ["seed=2"], config: "my file.yaml" };

test("enough is admitted: the next command trains, with the options that were given", () => {
  expect(afterProbe({ tried: [tried(0.4)], notTried: [] }, { ...given, name: "first" })).toEqual({
    notes: [],
    command: "spice train -c 'my file.yaml' --name first -s seed=2",
  });
});

test("the warm start of a probe is not kept: training makes it again", () => {
  const { notes } = afterProbe({ tried: [tried(0.4, { warmupSeconds: 61.7 })], notTried: [] }, given);
  expect(notes).toEqual(["`spice train` makes the warm start again, in about 62 s."]);
});

test("a change admits more than the configuration: the next command trains with the change", () => {
  const change = tried(0.2, { settings: ["challenger.mix=[]"] });
  const { command } = afterProbe({ tried: [tried(0.02), change], notTried: [] }, { set: [] });
  expect(command).toBe("spice train -s 'challenger.mix=[]'");
});

test("nothing is admitted: the next command tries the first change that was not tried", () => {
  const first = tried(0, { advised: [advice("a.b=1"), advice("c.d=2")] });
  const done = tried(0, { settings: ["a.b=1"] });
  const { notes, command } = afterProbe({ tried: [first, done], notTried: [] }, given);
  expect(command).toBe("spice probe -c 'my file.yaml' -s seed=2 -s c.d=2");
  expect(notes.join(" ")).toContain("No proposal is admitted.");
});

test("almost nothing is admitted and no change is left: the next command does not train", () => {
  const { notes, command } = afterProbe({ tried: [tried(0.02)], notTried: [] }, { set: [], name: "x" });
  expect(command).toBe("spice probe -s 'model.id=<model>'");
  expect(notes.join(" ")).toContain("Only 2 % of the proposals are admitted.");
});

test("each reason for which no change is tried is said", () => {
  const why = (admitted: number, all: readonly Advice[], enabled = false) =>
    changesAfter({ admitted: share(admitted), advice: all }, { warmup: { enabled } } as never).notTried.map(
      (one) => one.why,
    );
  expect(why(0.3, [advice("a=1")])).toEqual([expect.stringContaining("30 % of the proposals are admitted")]);
  expect(why(0, [advice()])).toEqual([expect.stringContaining("no setting is known")]);
  expect(why(0, [advice("warmup.steps=8")], true)).toEqual([expect.stringContaining("fresh weights")]);
  expect(why(0, [advice("model.id=x")])).toEqual([
    expect.stringContaining("does not change settings of model"),
  ]);
  expect(why(0, [advice("warmup.steps=8")])).toEqual([]);
});
