import { resolve } from "node:path";
import { commandOnRuns, RUN_NAME } from "../../runs/named-run.js";
import { wholeNumberFrom } from "../../terminal/arguments.js";
import { perform } from "../../terminal/perform.js";
import { interceptSignals } from "../../terminal/signals.js";

/** `spice runs export-model`: a checkpoint as a folder that plain transformers loads. */
export const exportModelCommand = () =>
  commandOnRuns(
    "export-model",
    "write a checkpoint as a model folder for transformers",
    `spice runs export-model latest ./my-model
     spice runs export-model demo ./my-model --step 20
     # a run can start from a checkpoint without an export:
     spice train -s model.id=run:demo@20 -s warmup.enabled=false`,
  )
    .argument("<run>", RUN_NAME)
    .argument("<folder>", "folder to write; it must not exist, or be empty")
    .option(
      "--step <n>",
      "checkpoint of this step; 0 is the warm start (default: the newest)",
      wholeNumberFrom(0),
    )
    .action((wanted, folder, options) =>
      perform(options, async ({ output }) => {
        const { findCheckpoint } = await import("../../compose/export-model.js");
        const { exportOf } = await import("../../compose/model-of-run.js");
        const { readNamedRun } = await import("../../runs/read-named-run.js");
        using signals = interceptSignals(output, false);
        const run = await readNamedRun(wanted, options, output);
        const found = findCheckpoint(run, options.step ?? null);
        const path = resolve(folder);
        await exportOf(run, found, path, output, signals.signal);
        output.document("spice.exported-model/1", { ...found.origin, path });
        output.text(path);
        output.note(`Step ${found.origin.step} of ${found.origin.run}.`);
        output.next(`spice train -s 'model.id=${path}' -s warmup.enabled=false`);
        return undefined;
      }),
    );
