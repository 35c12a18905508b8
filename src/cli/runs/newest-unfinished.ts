import { resolve } from "node:path";
import { listRuns } from "../../adapters/runs/list-runs.js";
import { SpiceError } from "../../app/errors.js";
import { counted } from "../../core/text/counted.js";

/**
 * The folder of the newest run that can go on.
 *
 * @throws SpiceError `NOTHING_TO_RESUME` (exit 2)
 */
export async function newestUnfinished(root: string): Promise<string> {
  const runs = await listRuns(resolve(root));
  const found = runs.find((run) => ["interrupted", "crashed", "failed"].includes(run.state));
  if (found !== undefined) return found.directory;
  const working = runs.find((run) => run.state === "running");
  const finished = runs.find((run) => run.state === "finished");
  const about = [
    working === undefined ? "" : ` A process trains ${working.id} now.`,
    finished === undefined
      ? ""
      : ` The newest finished run is ${finished.id}, with ${counted(finished.steps, "step")}.`,
  ].join("");
  throw new SpiceError(`There is no unfinished run to go on with.${about}`, {
    code: "NOTHING_TO_RESUME",
    boundary: "cli",
    where: root,
    hint:
      finished === undefined
        ? runs.length === 0
          ? "Start one with `spice train`."
          : "`spice runs list` shows the runs and their states."
        : `\`spice train --resume ${finished.id} --steps +20\` gives this run 20 more steps. \`spice runs list\` shows all runs.`,
    exit: 2,
  });
}
