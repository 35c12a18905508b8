import { resolve } from "node:path";
import { lockHolder } from "../../../adapters/files/lock.js";
import { runPaths } from "../../../adapters/runs/layout.js";
import { EXIT, SpiceError } from "../../../app/errors.js";
import { bytes } from "../../../web/parts/format.js";
import { commandOnRuns, RUN_NAME, runDirectory } from "../../runs/named-run.js";
import { confirm } from "../../terminal/confirm.js";
import { perform } from "../../terminal/perform.js";

/** `spice runs rm`: deletes run directories with everything in them. */
export const rmCommand = () =>
  commandOnRuns(
    "rm",
    "delete runs: records, checkpoints and logs",
    `spice runs rm 2026-11-22T15-04-05_demo_s1_k3f9
     spice runs rm first second --yes
     spice runs prune --dry-run           # or keep the records and delete old checkpoints`,
  )
    .argument("<run...>", RUN_NAME)
    .option("-y, --yes", "do not ask")
    .action((names, options) =>
      perform(options, async ({ output }) => {
        const { sizeOf } = await import("../../../adapters/files/size.js");
        const { removeRun } = await import("../../../adapters/runs/remove-run.js");
        const found = await Promise.all(names.map((name) => runDirectory(name, options, output)));
        const directories = [...new Set(found.map((one) => resolve(one)))];
        // All are looked at before the first is removed.
        for (const directory of directories) await requireFree(directory);
        const removed: { readonly directory: string; readonly bytes: number }[] = [];
        for (const directory of directories) {
          const size = await sizeOf(directory);
          if (!(await confirm(`Delete ${directory} (${bytes(size)})?`, options.yes ?? false))) continue;
          await removeRun(directory);
          removed.push({ directory, bytes: size });
          output.text(`removed ${directory}, ${bytes(size)}`);
        }
        output.document("spice.removed-runs/1", { removed });
        if (removed.length === 0) output.note("Nothing was removed.");
        output.next("spice runs list");
        return undefined;
      }),
    );

async function requireFree(directory: string): Promise<void> {
  const { lock } = runPaths(directory);
  const holder = await lockHolder(lock);
  if (holder === null) return;
  throw new SpiceError(`The run is in use by process ${holder.pid} on ${holder.host}.`, {
    code: "LOCKED",
    boundary: "cli",
    where: lock,
    hint: "Stop the process first: Ctrl-C ends it after its step.",
    exit: EXIT.environment,
  });
}
