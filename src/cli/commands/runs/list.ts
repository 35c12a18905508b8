import { resolve } from "node:path";
import { commandOnRuns, runsFolder } from "../../runs/named-run.js";
import { table } from "../../terminal/output.js";
import { perform } from "../../terminal/perform.js";

/** `spice runs list`: the runs of a folder, newest first. */
export const listCommand = () =>
  commandOnRuns(
    "list",
    "runs, newest first",
    `spice runs list
     spice runs list --runs-dir ../other/runs`,
  ).action((options) =>
    perform(options, async ({ output }) => {
      const { listRuns } = await import("../../../adapters/runs/list-runs.js");
      const folder = await runsFolder(options, output);
      const runs = await listRuns(resolve(folder));
      output.document("spice.runs/1", { runs });
      if (runs.length === 0) output.note(`There are no runs in ${folder}.`);
      else {
        // The id has the name that the run was started with.
        const renamed = runs.some(({ id, name }) => !id.includes(name));
        output.text(
          table(
            runs.map((run) => [
              run.id,
              ...(renamed ? [run.name] : []),
              run.state,
              `${run.step}/${run.steps}`,
              run.detail.split("\n", 1)[0] ?? "",
            ]),
            ["run", ...(renamed ? ["name"] : []), "state", "step", ""],
          ),
        );
      }
      output.next(runs.length === 0 ? "spice train" : "spice runs show latest");
      return undefined;
    }),
  );
