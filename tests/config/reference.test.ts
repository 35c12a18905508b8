import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { checksReference } from "../../src/config/checks-reference.js";
import { configJsonSchema, isPartOfChoice, settings } from "../../src/config/json-schema.js";
import { settingsReference } from "../../src/config/reference.js";
import { editDistance, suggest } from "../../src/config/suggest.js";
import { CHECKS } from "../../src/core/admission/checks.js";

test("docs/configuration.md holds the tables of the schema (else: npm run gen)", async () => {
  expect(await readFile("docs/configuration.md", "utf8")).toContain(settingsReference());
});

test("docs/admission.md holds the list of the checks (else: npm run gen)", async () => {
  expect(await readFile("docs/admission.md", "utf8")).toContain(checksReference());
});

test("the severity of every check is a setting of the schema, off by default, and described by the check", () => {
  const known = new Map(settings().map((one) => [one.path, one.schema]));
  for (const { setting, stage, describe } of CHECKS) {
    if (setting === null) continue;
    const schema = known.get(`admission.${setting}`);
    expect([setting, schema?.description]).toEqual([setting, expect.stringContaining(describe)]);
    if (stage !== "model") expect([setting, schema?.default]).toEqual([setting, "off"]);
  }
});

test("every setting is described, and every leaf has a default or is part of a choice", () => {
  expect(settings().length).toBeGreaterThan(100);
  for (const setting of settings()) {
    const { path, schema } = setting;
    if (isPartOfChoice(setting)) continue;
    expect([path, schema.description ?? ""]).not.toEqual([path, ""]);
    expect([path, schema.default !== undefined || schema.properties !== undefined]).toEqual([path, true]);
  }
});

test("the JSON schema for editors allows `extends` and refuses unknown keys", () => {
  const schema = configJsonSchema() as ReturnType<typeof configJsonSchema> & {
    additionalProperties?: boolean;
  };
  expect(Object.keys(schema.properties ?? {})).toEqual(
    expect.arrayContaining(["extends", "train", "corpus"]),
  );
  expect(schema.additionalProperties).toBe(false);
});

test("edit distance counts edits, swaps as one, and is symmetric", () => {
  expect(editDistance("sigma", "sigma")).toBe(0);
  expect(editDistance("sgima", "sigma")).toBe(1);
  expect(editDistance("", "abc")).toBe(3);
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => editDistance(a, b) === editDistance(b, a)));
});

test.each([
  ["train.learning_rate", ["train.learningRate"]],
  ["learningRate", ["train.learningRate", "warmup.learningRate"]],
  ["challenger.groupsize", ["challenger.groupSize"]],
  ["stpes", ["steps"]],
  ["corpus.groupSize", ["challenger.groupSize", "reasoner.groupSize"]],
  ["zebra", []],
])("suggests for %s: %s", (unknown, meant) => {
  expect(
    suggest(
      unknown,
      settings().map((one) => one.path),
    ),
  ).toEqual(meant);
});
