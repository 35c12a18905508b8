import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { configJsonSchema, isPartOfChoice, settings } from "../../src/config/json-schema.js";
import { settingsReference } from "../../src/config/reference.js";
import { editDistance, suggest } from "../../src/config/suggest.js";

test("docs/configuration.md holds the settings of the schema (else: spice config --reference)", async () => {
  expect(await readFile("docs/configuration.md", "utf8")).toContain(settingsReference());
});

test("every setting is described, and every leaf has a default or is part of a choice", () => {
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
  ["train.learning_rate", "train.learningRate"],
  ["learningRate", "train.learningRate"],
  ["challenger.groupsize", "challenger.groupSize"],
  ["stpes", "steps"],
  ["corpus.groupSize", "challenger.groupSize"],
  ["zebra", null],
])("suggests for %s: %s", (unknown, meant) => {
  expect(
    suggest(
      unknown,
      settings().map((one) => one.path),
    ),
  ).toBe(meant);
});
