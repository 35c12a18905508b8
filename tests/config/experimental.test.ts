import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { EXPERIMENTAL, experimentalNote } from "../../src/config/experimental.js";
import { explain } from "../../src/config/explain.js";
import { configJsonSchema, settings } from "../../src/config/json-schema.js";
import { settingsReference } from "../../src/config/reference.js";
import { resolveLayers } from "../../src/config/resolve.js";

const NOTE = "experimental: tested, not used in a reported run";

test("every experimental path is a setting, and a value of one that is named exists", () => {
  const known = new Map(settings().map(({ path, schema }) => [path, schema]));
  for (const entry of EXPERIMENTAL) {
    const [path = "", value] = entry.split("=");
    expect([entry, known.has(path)]).toEqual([entry, true]);
    if (value !== undefined) expect(known.get(path)?.enum).toContain(value);
  }
});

test("the note stands on the setting, on all settings of a section, and on no other", () => {
  expect(experimentalNote("reasoner.earlyStop")).toBe(`(${NOTE})`);
  expect(experimentalNote("admission.caps.stepsPerAnswer")).toBe(`(${NOTE})`);
  expect(experimentalNote("reward.kind")).toBe(`(\`two_arm\` is ${NOTE})`);
  for (const path of ["admission", "admission.leak", "reward", "reward.sigma", "reasoner"])
    expect([path, experimentalNote(path)]).toEqual([path, ""]);
});

test("the reference, --explain and the schema for editors show the note", () => {
  const reference = settingsReference().replaceAll(/\s+/g, " ");
  expect(reference).toMatch(new RegExp(`\\*\\*\`reasoner\\.earlyStop\`\\*\\*[^*]*\\(${NOTE}\\) - `));
  expect(reference.split(NOTE)).toHaveLength(EXPERIMENTAL.length + 1);
  const explained = explain(resolveLayers([])).find(({ path }) => path === "admission.paraphrase.attempts");
  expect(explained?.description).toContain(NOTE);
  const judge = configJsonSchema().properties?.["verification"]?.properties?.["judge"];
  expect(judge?.description).toContain(NOTE);
});

test("docstrings with @experimental and the list name the same settings", async () => {
  const files = (await readdir("src/core", { withFileTypes: true, recursive: true })).filter((one) =>
    one.name.endsWith(".ts"),
  );
  const tagged = new Set<string>();
  for (const { parentPath, name } of files) {
    const text = await readFile(join(parentPath, name), "utf8");
    for (const [, docstring = "", member = ""] of text.matchAll(
      /\/\*\*((?:(?!\*\/).)*)\*\/\s*readonly (\w+)/gs,
    ))
      if (docstring.includes("@experimental")) tagged.add(member);
  }
  // The settings of admission checks have no interface of their own: they follow from the list of
  // checks.
  const listed = EXPERIMENTAL.filter((one) => !one.startsWith("admission."));
  expect(tagged).toEqual(new Set(listed.map((one) => one.split("=")[0]?.split(".").at(-1))));
});
