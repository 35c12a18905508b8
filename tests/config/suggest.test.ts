import { expect, test } from "@jest/globals";
import { settings } from "../../src/config/json-schema.js";
import { suggest } from "../../src/config/suggest.js";

const KNOWN = settings().map(({ path }) => path);

/** A path with its name, and each form of its name with one letter left out. */
const misspelled = (path: string): readonly { readonly section: string; readonly name: string }[] => {
  const cut = path.lastIndexOf(".") + 1;
  const [section, name] = [path.slice(0, cut), path.slice(cut)];
  return [...name].map((_, index) => ({ section, name: name.slice(0, index) + name.slice(index + 1) }));
};

test("every setting is suggested for its path with one letter of its name left out", () => {
  expect(KNOWN.length).toBeGreaterThan(100);
  const missing = KNOWN.flatMap((path) =>
    misspelled(path)
      .map(({ section, name }) => `${section}${name}`)
      .filter((wrong) => !KNOWN.includes(wrong) && !suggest(wrong, KNOWN).includes(path)),
  );
  expect(missing).toEqual([]);
});

test("every setting is suggested for its name alone with one letter left out, when four letters are left", () => {
  const names = new Set(KNOWN.map((path) => path.slice(path.lastIndexOf(".") + 1)));
  const found = new Map<string, readonly string[]>();
  const missing = KNOWN.flatMap((path) =>
    misspelled(path)
      .map(({ name }) => name)
      .filter((name) => name.length >= 4 && !names.has(name))
      .filter((name) => {
        const near = found.get(name) ?? suggest(name, KNOWN);
        found.set(name, near);
        // A setting outside all sections is preferred, and a list has an end.
        return !near.includes(path) && near.every((one) => one.includes(".")) && near.length < 6;
      })
      .map((name) => `${name} for ${path}`),
  );
  expect(missing).toEqual([]);
});

test.each([
  ["train.step", ["steps", "warmup.steps"]],
  ["docsPerStep", ["challenger.documentsPerStep", "warmup.documentsPerStep"]],
  ["train.docsPerStep", ["challenger.documentsPerStep", "warmup.documentsPerStep"]],
  ["documentsPerStep", ["challenger.documentsPerStep", "warmup.documentsPerStep"]],
  ["warmpu.steps", ["warmup.steps"]],
  ["challenger.max_tokens", ["challenger.maxTokens"]],
  ["mode", ["model", "verification.secondOpinion.mode", "verification.judge.mode"]],
  ["corpus.kind", ["corpus.kinds"]],
  ["train.learning_rate", ["train.learningRate"]],
  ["rainbow", []],
])("%s", (wrong, near) => {
  expect(suggest(wrong, KNOWN)).toEqual(near);
});
