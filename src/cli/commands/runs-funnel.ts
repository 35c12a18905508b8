import { readRun } from "../../adapters/runs/read-run.js";
import { Funnel } from "../../core/analysis/funnel.js";
import { findRun } from "../runs/find.js";
import { showFunnel, warningText } from "../runs/show-funnel.js";
import { command } from "../terminal/options.js";
import { perform } from "../terminal/perform.js";
import { wholeNumber } from "./replay.js";

const DEFAULT_ROOT = "./runs";
/** Examples of each reason. */
const DEFAULT_EXAMPLES = 2;

/** `spice runs funnel`: where proposals die, from the run directory alone. */
export const runsFunnelCommand = () =>
  command(
    "funnel",
    "where proposals die, stage by stage, with examples",
    "spice runs funnel latest\nspice runs funnel latest --step 3 --examples 5\nspice runs funnel latest --json | jq .warnings",
  )
    .argument("[run]", "folder, id, part of an id, or `latest`", "latest")
    .option("--step <n>", "one step instead of the whole run", wholeNumber)
    .option("--examples <n>", "examples of each reason", wholeNumber, DEFAULT_EXAMPLES)
    .option("--runs <dir>", "folder of runs", DEFAULT_ROOT)
    .action((wanted, options) =>
      perform(options, async ({ output }) => {
        const run = await readRun(await findRun(wanted, options.runs));
        const funnel = new Funnel(options.examples);
        for await (const episode of run.episodes()) {
          if (options.step === undefined || episode.step === options.step) funnel.add(episode);
        }
        const report = funnel.report();
        output.document("spice.funnel/1", { run: run.info.id, step: options.step ?? null, ...report });
        output.text(showFunnel(report, (format, text) => output.out(format, text)));
        for (const warning of report.warnings)
          output.note(`${output.err("yellow", "Warning:")} ${warningText(warning)}`);
        return undefined;
      }),
    );
