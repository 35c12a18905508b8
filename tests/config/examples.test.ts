import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "@jest/globals";
import { resolveConfig } from "../../src/config/resolve.js";

// Other files are examples of other things.
const configurations = (await readdir("examples", { recursive: true })).filter((name) =>
  /\.(yaml|config\.ts)$/.test(name),
);

test("there are examples of configurations in both formats", () => {
  expect(configurations.filter((name) => name.endsWith(".yaml")).length).toBeGreaterThan(1);
  expect(configurations.filter((name) => name.endsWith(".ts")).length).toBeGreaterThan(1);
});

test.each(configurations)("examples/%s is a valid configuration", async (name) => {
  const { experiment } = await resolveConfig({
    // Paths in a configuration are relative to the working directory of the command.
    folder: join("examples", dirname(name)),
    file: join(process.cwd(), "examples", name),
    overrides: [],
  });
  expect(experiment.steps).toBeGreaterThan(0);
});
