import { Option } from "@commander-js/extra-typings";
import { EXIT } from "../../../app/errors.js";
import { counted } from "../../../core/text/counted.js";
import { commandOnRun, nameOfRun, runDirectory } from "../../runs/named-run.js";
import { oldOption, repeatable, separated, wholeNumber } from "../../terminal/arguments.js";
import { perform } from "../../terminal/perform.js";
import { showParity } from "./show-parity.js";

const DTYPES = ["float32", "bfloat16", "auto"] as const;

const declared = (name: string) =>
  commandOnRun(
    name,
    "train several trainers on one recorded batch and compare the results; exit 5 when they differ",
    `spice trainer compare latest --step 3 --trainer torch --trainer torch+vllm --trainer verl
     spice trainer compare --step 1 --trainer torch --trainer verl --dtype float32 --json`,
  )
    .option("--step <n>", "step whose batch is used", wholeNumber, 1)
    .addOption(repeatable("--trainer <name>", "a name of `spice trainer list`, the reference first", "torch"))
    .addOption(
      new Option("--dtype <name>", "number format of every trainer")
        .choices(DTYPES)
        .default("float32" as const),
    );

/**
 * `spice trainer compare`: one recorded batch through several trainers. `spice parity` is its old
 * name.
 */
export const compareCommand = (name = "compare") =>
  oldOption(declared(name), "--trainers <names>", "trainer", separated).action((argument, options) =>
    perform(options, async ({ output }) => {
      const { readRun } = await import("../../../adapters/runs/read-run.js");
      const { TOLERANCE } = await import("../../../core/trainer/parity.js");
      const { compareTrainersOn } = await import("../../runs/compare-trainers.js");
      const { recordedBatch } = await import("../../runs/recorded-batch.js");
      const wanted = nameOfRun(argument, options) ?? "latest";
      const trainers = options.trainer.length === 0 ? ["torch"] : options.trainer;
      const directory = await runDirectory(wanted, options, output);
      const { config, info } = await readRun(directory);
      const { step, dtype } = options;
      const recorded = await recordedBatch(directory, step);
      const rows = await compareTrainersOn({ config, recorded, trainers, dtype, output });
      const ok = rows.every((row) => row.same);
      output.document("spice.parity/1", { run: info.id, step, ok, tolerance: TOLERANCE, rows });
      output.text(showParity(rows));
      output.text(
        ok
          ? `Same work within the tolerances of docs/trainers/parity.md: ${counted(recorded.batch.sequences.length, "sequence")} of step ${step}.`
          : "They differ by more than the tolerances of docs/trainers/parity.md.",
      );
      output.next(ok ? "spice train -s trainer.kind=<name>" : "spice trainer check --backend <name>");
      return ok ? undefined : EXIT.verification;
    }),
  );
