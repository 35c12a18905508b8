/**
 * The import rules of docs/architecture.md, enforced. `scripts/check-imports.mjs` runs them. The script fails when no
 * module was read: dependency-cruiser without swc reports a clean, empty graph, because TypeScript 7 has no JavaScript
 * API.
 */

/**
 * The rooms of each part of `src`, from bottom to top. A room imports itself and the rooms before it in its list,
 * never a room after it. Every folder must be in its list, so a new room needs a decision about its place.
 */
const ROOMS = {
  core: [
    "random",
    "text",
    "statistics",
    "records",
    "checks",
    "answers",
    "corpus",
    "admission",
    "experiment",
    "game",
    "own-code",
    "prompts",
    "truth",
    "warmup",
    "analysis",
    "trainer",
    "runs",
  ],
  app: [
    "ports",
    "own-code",
    "guard",
    "corpus",
    "self-play",
    "verifiers",
    "training",
    "trainer",
    "runs",
    "reports",
  ],
  web: ["parts", "report"],
  cli: ["terminal", "compose", "doctor", "runs", "commands"],
};

/** Adapters that every adapter may import. They wrap Node's own modules only. */
const SHARED_ADAPTERS = "^src/adapters/(files|hash|clock|python)/";

const forbid = (name, from, to, comment) => ({ name, severity: "error", from, to, comment });

/** For each room: it may not import a room that comes after it. The last room of a part has no rule. */
const roomOrder = Object.entries(ROOMS).flatMap(([part, rooms]) =>
  rooms
    .slice(0, -1)
    .map((room, place) =>
      forbid(
        `room-order-${part}-${room}`,
        { path: `^src/${part}/${room}/` },
        { path: `^src/${part}/(${rooms.slice(place + 1).join("|")})/` },
        `src/${part}/${room} imports itself and the rooms before it only.`,
      ),
    ),
);

/** A file in a folder that is in no list. Such a file would escape the order. */
const listedRooms = Object.entries(ROOMS).map(([part, rooms]) =>
  forbid(
    `room-listed-${part}`,
    {},
    { path: `^src/${part}/[^/]+/`, pathNot: `^src/${part}/(${rooms.join("|")})/` },
    `Add the folder to ROOMS.${part}, at its place in the order.`,
  ),
);

module.exports = {
  forbidden: [
    ...roomOrder,
    ...listedRooms,
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
          "^src/app/(ports/|errors\\.ts$)",
          "^src/adapters/$1/",
          "^src/gen/",
          SHARED_ADAPTERS,
        ],
      },
      "An adapter imports core, app/ports, app/errors, itself and the shared adapters, no other adapter.",
    ),
    forbid(
      "config-imports",
      { path: "^src/config/" },
      { path: "^src/", pathNot: ["^src/core/", "^src/config/", "^src/app/errors\\.ts$"] },
      "Configuration becomes plain core data.",
    ),
    forbid(
      "gen-only-from-wire",
      { path: "^src/", pathNot: "^src/(gen|adapters/(grpc|trainer-events))/" },
      { path: "^src/gen/" },
      "Generated messages stay behind the wire adapters.",
    ),
    forbid(
      "web-imports",
      { path: "^src/web/" },
      {
        path: "^src/",
        pathNot: ["^src/core/", "^src/web/", "^src/app/(ports/|reports/|errors\\.ts$)"],
      },
      "Pages are made of data that the command line hands over; they read no files.",
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
