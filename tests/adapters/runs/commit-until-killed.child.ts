import { systemClock } from "../../../src/adapters/clock/system-clock.js";
import { createRun } from "../../../src/adapters/runs/create-run.js";
import { openRun } from "../../../src/adapters/runs/open-run.js";
import { runOptions, stepCommit } from "../support/run-fixtures.js";

// The child of kill.test.ts: commits steps as fast as it can until somebody kills it.
const [root = "", directory = ""] = process.argv.slice(2);
const run =
  directory === ""
    ? await createRun(runOptions(root, { clock: systemClock }))
    : await openRun(directory, { clock: systemClock });
process.stdout.write(`${run.directory}\n`);
for (let step = run.committed + 1; ; step += 1) {
  await run.commit(stepCommit(step, { metrics: { step, padding: "x".repeat(200_000) } }));
  process.stdout.write(`${step}\n`);
}
