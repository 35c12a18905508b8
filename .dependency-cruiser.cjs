/**
 * The import table of AGENTS.md, enforced. `scripts/check-imports.mjs` runs it and fails when nothing was cruised:
 * dependency-cruiser cannot use TypeScript 7's (absent) JavaScript API and without swc reports a clean, empty graph.
 *
 * Shared by every adapter: `files` (durable writes, locks), `hash`, `clock`. They wrap node built-ins only.
 */
const SHARED_ADAPTERS = "^src/adapters/(files|hash|clock)/";

const forbid = (name, from, to, comment) => ({ name, severity: "error", from, to, comment });

module.exports = {
  forbidden: [
    forbid("no-circular", {}, { circular: true }, "A cycle means two files are one."),
    // mdast exists as types only.
    forbid("resolvable", {}, { couldNotResolve: true, pathNot: "^mdast$" }, "Every import must resolve."),
    forbid("core-imports-core", { path: "^src/core/" }, { pathNot: "^src/core/" }, "core is pure."),
    forbid(
      "app-imports-core-app",
      { path: "^src/app/" },
      { pathNot: "^src/(core|app)/" },
      "app talks to ports.",
    ),
    forbid(
      "adapter-imports",
      { path: "^src/adapters/([^/]+)/" },
      {
        path: "^src/",
        pathNot: [
          "^src/core/",
          "^src/app/(ports|errors)\\.ts$",
          "^src/adapters/$1/",
          "^src/gen/",
          SHARED_ADAPTERS,
        ],
      },
      "An adapter imports core, app/ports, app/errors and itself, never another adapter.",
    ),
    forbid(
      "config-imports",
      { path: "^src/config/" },
      { path: "^src/", pathNot: ["^src/core/", "^src/config/", "^src/app/errors\\.ts$"] },
      "Configuration becomes plain core data.",
    ),
    forbid(
      "gen-only-from-wire",
      { path: "^src/", pathNot: "^src/(gen|adapters/(grpc|zmq))/" },
      { path: "^src/gen/" },
      "Generated messages stay behind the wire adapters.",
    ),
    forbid(
      "web-reads-runs",
      { path: "^src/web/" },
      {
        path: "^src/",
        pathNot: ["^src/core/", "^src/web/", "^src/app/(ports|errors)\\.ts$", "^src/adapters/(runs|files)/"],
      },
      "The report reads a run directory and nothing else.",
    ),
    forbid(
      "nothing-imports-cli",
      { path: "^src/", pathNot: "^src/cli/" },
      { path: "^src/cli/" },
      "The command line is the composition root.",
    ),
    forbid(
      "runtime-only-runtime-packages",
      { path: "^src/" },
      { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
      "src may use declared runtime packages only.",
    ),
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".js", ".mjs", ".cjs", ".json"],
    },
  },
};
