import { readdirSync } from "node:fs";
import { join } from "node:path";

const TESTS = join(import.meta.dirname, "tests");

/** One project for each folder of tests, so that `--selectProjects core` runs the fast ones alone. */
const PROJECTS = readdirSync(TESTS, { withFileTypes: true })
  .filter((folder) => folder.isDirectory() && hasTests(join(TESTS, folder.name)))
  .map((folder) => folder.name);

function hasTests(folder) {
  return readdirSync(folder, { recursive: true }).some((path) => path.endsWith(".test.ts"));
}

const project = (name) => ({
  displayName: name,
  roots: ["<rootDir>/tests"],
  testMatch: [`<rootDir>/tests/${name}/**/*.test.ts`],
  testEnvironment: "node",
  // What the tests of the program share is made once for each call of Jest.
  ...(name === "cli"
    ? {
        globalSetup: "<rootDir>/tests/cli/shared/setup.mjs",
        globalTeardown: "<rootDir>/tests/cli/shared/teardown.mjs",
      }
    : {}),
  extensionsToTreatAsEsm: [".ts"],
  // Sources import with the .js suffix that Node needs; Jest runs the .ts beside it.
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript", explicitResourceManagement: true }, target: "es2022" },
        module: { type: "es6" },
        sourceMaps: "inline",
      },
    ],
  },
});

export default {
  projects: PROJECTS.map(project),
  // Tests start processes; on a loaded machine with two cores that alone can take longer than Jest's 5 s.
  testTimeout: 60_000,
  coverageProvider: "v8",
  collectCoverageFrom: ["src/**/*.ts", "!src/gen/**"],
  maxWorkers: 2,
  workerIdleMemoryLimit: "512MB",
};
