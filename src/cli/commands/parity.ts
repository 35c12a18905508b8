import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../adapters/clock/system-clock.js";
import { BatchStore } from "../../adapters/runs/batch-store.js";
import { runPaths } from "../../adapters/runs/layout.js";
import { readRun } from "../../adapters/runs/read-run.js";
import { EXIT, SpiceError } from "../../app/errors.js";
import type { RecordedBatch } from "../../app/ports/runs.js";
import { measureTrainer } from "../../app/trainer/parity.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import {
  compareTrainers,
  type ParityRow,
  TOLERANCE,
  type TrainerMeasure,
} from "../../core/trainer/parity.js";
import { composeTrainer } from "../compose/compose.js";
import { findRun } from "../runs/find.js";
import { NO_LOG } from "../runs/preview-training.js";
import { command } from "../terminal/options.js";
import { table } from "../terminal/output.js";
import { perform } from "../terminal/perform.js";
import { interceptSignals } from "../terminal/signals.js";
import { wholeNumber } from "./replay.js";

/** `spice parity`: the same recorded batch through several trainers, each started fresh on the run's base model. */
export const parityCommand = () =>
  command(
    "parity",
    "train several trainers on one recorded batch and compare what they make of it; exit 5 when they differ",
    `spice parity --run latest --step 3 --trainers torch,torch+vllm,verl
     spice parity --step 1 --trainers torch,verl --dtype float32 --json`,
  )
    .option("--run <run>", "folder, id, part of an id, or `latest`", "latest")
    .option("--step <n>", "step whose batch is used", wholeNumber, 1)
    .option(
      "--trainers <names>",
      "of `spice trainer list`, the reference first, separated by commas",
      "torch",
    )
    .option("--dtype <name>", "number format for all: float32, bfloat16, auto", "float32")
    .option("--runs <dir>", "folder of runs", "./runs")
    .action((options) =>
      perform(options, async ({ output }) => {
        using signals = interceptSignals(output, false);
        const directory = await findRun(options.run, options.runs);
        const { config, info } = await readRun(directory);
        const { batch, optim } = await recordedBatch(directory, options.step);
        const computeDtype = dtypeOf(options.dtype);
        const measures: TrainerMeasure[] = [];
        const folder = await mkdtemp(join(tmpdir(), "spice-parity-"));
        try {
          for (const trainer of names(options.trainers)) {
            output.note(`${trainer}: starting`);
            const start = (lora: Experiment["model"]["lora"]) =>
              composeTrainer(
                {
                  ...config,
                  model: { ...config.model, computeDtype, lora },
                  trainer: { ...config.trainer, kind: trainer, address: null, engine: {} },
                },
                {
                  output,
                  logger: NO_LOG,
                  logPath: join(folder, `${trainer}.log`),
                  checkpointRoot: null,
                  clientName: "spice parity",
                  signal: signals.signal,
                  onProgress: () => undefined,
                },
              );
            await using composed = await start(config.model.lora).catch((error: unknown) => {
              const full = config.model.lora === null;
              if (!full || !(error instanceof SpiceError) || error.code !== NEEDS_ADAPTERS) throw error;
              output.note(`${trainer} trains adapters only: rank ${ADAPTERS.rank}, alpha ${ADAPTERS.alpha}`);
              return start(ADAPTERS);
            });
            const told = await measureTrainer(composed.trainer, batch, optim, systemClock, signals.signal);
            measures.push({ trainer, ...told });
          }
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
        const rows = compareTrainers(measures);
        const ok = rows.every((row) => row.same);
        output.document("spice.parity/1", {
          run: info.id,
          step: options.step,
          ok,
          tolerance: TOLERANCE,
          rows,
        });
        output.text(show(rows));
        output.text(
          ok
            ? `Same work within the tolerances of docs/trainers/parity.md: ${batch.sequences.length} sequences of step ${options.step}.`
            : "They differ by more than the tolerances of docs/trainers/parity.md.",
        );
        output.next(ok ? "spice train -s trainer.kind=<name>" : "spice conformance --backend <name>");
        return ok ? undefined : EXIT.verification;
      }),
    );

/** What a trainer answers, among other cases, that has no full training; asked with adapters, it says the rest. */
const NEEDS_ADAPTERS = "TRAINER_NOT_DECLARED";
/** Then these: every linear layer, the scale of Tinker's servers. */
const ADAPTERS = { rank: 16, alpha: 32 } as const;

async function recordedBatch(
  directory: string,
  step: number,
): Promise<{ batch: NonNullable<RecordedBatch["batch"]>; optim: RecordedBatch["optim"] }> {
  const recorded = await new BatchStore(runPaths(directory)).recorded(step);
  if (recorded !== null && recorded.batch !== null) return { batch: recorded.batch, optim: recorded.optim };
  throw new SpiceError(
    recorded === null ? `Step ${step} has no recorded batch.` : `Step ${step} trained nothing.`,
    {
      code: "BATCH_NOT_FOUND",
      boundary: "store",
      where: runPaths(directory).batches,
      hint: "Choose another --step; `run.keepBatches: all` keeps the batches of every step.",
      exit: EXIT.usage,
    },
  );
}

function names(list: string): readonly string[] {
  const found = list
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  if (found.length > 0) return found;
  throw new SpiceError("No trainer is named.", {
    code: "TRAINERS_MISSING",
    boundary: "cli",
    hint: "For example --trainers torch,verl; `spice trainer list` shows what there is.",
    exit: EXIT.usage,
  });
}

const DTYPES = ["float32", "bfloat16", "auto"] as const;

function dtypeOf(name: string): (typeof DTYPES)[number] {
  const found = DTYPES.find((one) => one === name);
  if (found !== undefined) return found;
  throw new SpiceError(`There is no number format ${name}.`, {
    code: "DTYPE_UNKNOWN",
    boundary: "cli",
    hint: `Choose one of ${DTYPES.join(", ")}.`,
    exit: EXIT.usage,
  });
}

const verdict = ({ same, adapters }: ParityRow): string =>
  `${same ? "same" : "DIFFERS"}${adapters ? ", adapters" : ""}`;

function show(rows: readonly ParityRow[]): string {
  const small = (value: number): string => (value === 0 ? "0" : value.toExponential(1));
  return table(
    rows.map((row) => [
      row.trainer,
      row.loss.toFixed(6),
      row.gradNorm.toFixed(6),
      small(row.lossDifference),
      small(row.gradNormDifference),
      small(row.logprobDifference),
      small(row.meanChange),
      small(row.changeDifference),
      row.alignment.toFixed(3),
      `${row.seconds.toFixed(1)} s`,
      verdict(row),
    ]),
    [
      "trainer",
      "loss",
      "grad norm",
      "loss diff",
      "norm diff",
      "logprob diff",
      "change",
      "change diff",
      "direction",
      "step",
      "",
    ],
  );
}
