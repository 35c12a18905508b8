import { expect, test } from "@jest/globals";
import { resolveLayers } from "../../src/config/resolve.js";
import { parseExperiment } from "../../src/config/schema.js";

const judge = { mode: "doubt", baseUrl: "http://127.0.0.1:8000/v1", model: "judge" };
const issues = (value: unknown) =>
  parseExperiment(value).error?.issues.map((one) => one.path.join(".")) ?? [];

test("second opinion and judge are off unless asked for", () => {
  const { verification } = parseExperiment({}).data ?? {};
  expect(verification?.secondOpinion.mode).toBe("off");
  expect(verification?.judge.mode).toBe("off");
});

test("a judge needs an address and a model", () => {
  expect(issues({ verification: { judge } })).toEqual([]);
  expect(issues({ verification: { judge: { mode: "doubt" } } })).toEqual(["verification.judge.baseUrl"]);
  expect(issues({ verification: { judge: { ...judge, baseUrl: "ftp://host/v1" } } })).toHaveLength(1);
});

test("the key is named, never written down", () => {
  expect(issues({ verification: { judge: { ...judge, keyVariable: "JUDGE_KEY" } } })).toEqual([]);
  expect(issues({ verification: { judge: { ...judge, keyVariable: "sk-abc-0123456789" } } })).toEqual([
    "verification.judge.keyVariable",
  ]);
  const layer = {
    name: "file",
    values: { verification: { judge: { ...judge, baseUrl: "http://me:hunter2hunter2@host/v1" } } },
  };
  expect(() => resolveLayers([layer])).toThrow("verification.judge.baseUrl");
});

test("rescues do not go with what takes the rules' verdicts for final", () => {
  const rescue = { verification: { judge: { ...judge, mode: "rescue" } } };
  expect(issues(rescue)).toEqual([]);
  expect(issues({ ...rescue, reasoner: { earlyStop: 4 } })).toEqual(["verification.judge.mode"]);
  const twoArm = { reward: { kind: "two_arm" }, admission: { openBook: { attempts: 4, required: 3 } } };
  expect(issues({ ...rescue, ...twoArm })).toEqual(["verification.judge.mode"]);
});
