/** A sink that writes some metrics of each step to a CSV file in the directory of the run. */
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineSink, z } from "spice-orchestrator/own-code";

export default defineSink({
  name: "csv",
  version: "1",
  options: z.strictObject({
    columns: z.array(z.string()).default(["tasks", "admitted_share", "challenger_reward_mean"]),
  }),
  async open(run, { columns }) {
    const file = join(run.directory, "steps.csv");
    // A resumed run goes on with its file.
    if (run.committed === 0) await writeFile(file, `${["step", ...columns].join(",")}\n`);
    return {
      step: async (metrics) => {
        const cells = [metrics.step, ...columns.map((column) => metrics[column] ?? "")];
        await appendFile(file, `${cells.join(",")}\n`);
      },
    };
  },
});
