import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { resolveConfig } from "../../src/config/resolve.js";

// Folders are examples of other things.
const examples = (await readdir("examples", { withFileTypes: true }))
  .filter((one) => one.isFile())
  .map((one) => one.name);

test.each(examples)("examples/%s is a valid configuration", async (name) => {
  const { experiment } = await resolveConfig({
    folder: ".",
    file: join(process.cwd(), "examples", name),
    overrides: [],
  });
  expect(experiment.steps).toBeGreaterThan(0);
});
