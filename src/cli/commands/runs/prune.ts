import { resolve } from "node:path";
import { counted } from "../../../core/text/counted.js";
import { bytes } from "../../../web/parts/format.js";
import { commandOnRuns, RUN_NAME, runDirectory, runsFolder } from "../../runs/named-run.js";
import type { Pruned } from "../../runs/prune-run.js";
import { wholeNumber } from "../../terminal/arguments.js";
import { table } from "../../terminal/output.js";
import { perform } from "../../terminal/perform.js";

const PURPOSE =
  "Reports, replay, lists of tasks, the newest checkpoint and more steps (`spice train --resume <run> --steps +20`) stay possible. `spice trainer compare` needs recorded batches.";

/** `spice runs prune`: removes old checkpoints and recorded batches of finished runs. */
export const pruneCommand = () =>
  commandOnRuns(
    "prune",
    "remove old checkpoints and recorded batches of finished runs",
    `spice runs prune --dry-run           # what would be removed, in bytes
     spice runs prune
     spice runs prune demo --keep-checkpoints 2 --keep-batches`,
  )
    .argument("[run...]", `${RUN_NAME} (default: every finished run)`)
    .option("--keep-checkpoints <n>", "newest checkpoints that stay", wholeNumber, 1)
    .option("--keep-batches", "keep the recorded batches")
    .option("--dry-run", "say what would be removed; removes nothing")
    .action((names, options) =>
      perform(options, async ({ output }) => {
        const { listRuns } = await import("../../../adapters/runs/list-runs.js");
        const { readRun } = await import("../../../adapters/runs/read-run.js");
        const { pruneRun } = await import("../../runs/prune-run.js");
        const directories =
          names.length > 0
            ? await Promise.all(names.map((name) => runDirectory(name, options, output)))
            : (await listRuns(resolve(await runsFolder(options, output))))
                .filter(({ state }) => state === "finished")
                .map(({ directory }) => directory);
        const wanted = {
          keepCheckpoints: options.keepCheckpoints,
          keepBatches: options.keepBatches ?? false,
          dryRun: options.dryRun ?? false,
        };
        const pruned: Pruned[] = [];
        for (const directory of directories) pruned.push(await pruneRun(await readRun(directory), wanted));
        const total = pruned.reduce((sum, one) => sum + one.bytes, 0);
        output.document("spice.pruned-runs/1", { dryRun: wanted.dryRun, bytes: total, runs: pruned });
        if (pruned.length > 0)
          output.text(
            table(
              pruned.map((one) => [
                one.run,
                String(one.checkpoints.length),
                String(one.batches),
                String(one.models),
                bytes(one.bytes),
                one.skipped ?? "",
              ]),
              ["run", "checkpoints", "batches", "models", "size", ""],
            ),
          );
        const finished = pruned.filter(({ skipped }) => skipped === null).length;
        output.note(
          `${wanted.dryRun ? "Would remove" : "Removed"} ${bytes(total)} of ${counted(finished, "finished run")}. ${PURPOSE}`,
        );
        output.next(wanted.dryRun ? ["spice runs prune", ...names].join(" ") : "spice runs list");
        return undefined;
      }),
    );
