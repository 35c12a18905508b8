import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { resolveConfig } from "../../src/config/resolve.js";
import { storedExperiment } from "../../src/config/stored.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "spice-templates-"));
  await mkdir(join(folder, "prompts"));
});
afterEach(() => rm(folder, { recursive: true }));

const template = (name: string, text: string) => writeFile(join(folder, "prompts", name), text);
const resolve = (...overrides: readonly string[]) =>
  resolveConfig({
    folder,
    file: null,
    overrides: [`challenger.templates=${JSON.stringify(join(folder, "prompts"))}`, ...overrides],
  });

test("a folder becomes its texts, so that a stored configuration needs no file", async () => {
  await template("blind-free.txt", "Q: {question}\n");
  await template("README.md", "notes {anything}");
  const { experiment } = await resolve();
  const { templates } = experiment.challenger;
  expect(templates).toMatchObject({
    folder: join(folder, "prompts"),
    texts: { "blind-free": "Q: {question}" },
  });
  expect(templates?.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(storedExperiment(JSON.parse(JSON.stringify(experiment)), "config.json")).toEqual(experiment);
});

test("without a folder there are no templates", async () => {
  const { experiment } = await resolveConfig({ folder, file: null, overrides: [] });
  expect(experiment.challenger.templates).toBeNull();
});

test.each([
  ["an unknown slot", "blind-free.txt", "Q:\n{question} {text}", "PROMPT_TEMPLATE", "blind-free.txt:2"],
  ["a missing slot", "blind-mcq.txt", "{question}", "PROMPT_TEMPLATE", "blind-mcq.txt:1"],
  [
    "a passage that is not shown",
    "challenger-mcq.txt",
    "{document}",
    "PROMPT_TEMPLATE",
    "challenger-mcq.txt:1",
  ],
  ["an unknown prompt", "blind.txt", "{question}", "PROMPT_TEMPLATE", "blind.txt"],
  ["a prompt that the family does not have", "format.txt", "{document}", "PROMPT_TEMPLATE", "format.txt"],
  ["no template", "notes.md", "x", "PROMPT_FOLDER", "prompts"],
])("%s is refused with file and line", async (_, name, text, code, where) => {
  await template(name, text);
  await expect(resolve("challenger.focus=passage")).rejects.toMatchObject({
    code,
    exit: 2,
    where: expect.stringMatching(new RegExp(`${where.replaceAll(".", "\\.")}$`)),
  });
});
