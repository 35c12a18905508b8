import { commandOnRun, nameOfRun } from "../../runs/named-run.js";
import { wholeNumber, wholeNumberFrom } from "../../terminal/arguments.js";
import { perform } from "../../terminal/perform.js";

/** Examples of each reason. */
const DEFAULT_EXAMPLES = 2;

/** `spice runs funnel`: where proposals are refused, from the run directory alone. */
export const funnelCommand = () =>
  commandOnRun(
    "funnel",
    "where proposals are refused, stage by stage, with examples",
    `spice runs funnel latest
     spice runs funnel latest --step 3 --examples 5
     spice runs funnel latest --json | jq .warnings`,
  )
    .option("--step <n>", "one step instead of the whole run", wholeNumber)
    .option("--examples <n>", "examples of each reason; 0 for none", wholeNumberFrom(0), DEFAULT_EXAMPLES)
    .action((argument, options) =>
      perform(options, async ({ output }) => {
        const { adviceFor } = await import("../../../core/analysis/advice.js");
        const { Funnel } = await import("../../../core/analysis/funnel.js");
        const { labelsOf } = await import("../../../core/records/own-code.js");
        const { adviceText } = await import("../../../web/report/summary.js");
        const { readNamedRun } = await import("../../runs/read-named-run.js");
        const { requireStep } = await import("../../runs/require-step.js");
        const { showFunnel, warningText } = await import("../../runs/show-funnel.js");
        const wanted = nameOfRun(argument, options) ?? "latest";
        const run = await readNamedRun(wanted, options, output);
        requireStep(run, options.step);
        const funnel = new Funnel(options.examples);
        for await (const episode of run.episodes()) {
          if (options.step === undefined || episode.step === options.step) funnel.add(episode);
        }
        const report = funnel.report();
        const labels = labelsOf(
          run.info.provenance["ownCode"],
          ...run.steps.map(({ step }) => run.ownCodeOf(step)),
        );
        const advice = adviceFor(report, run.config);
        output.document("spice.funnel/1", {
          run: run.info.id,
          step: options.step ?? null,
          ...report,
          advice,
        });
        output.text(showFunnel(report, (format, text) => output.out(format, text), labels));
        for (const warning of report.warnings)
          output.note(`${output.err("yellow", "Warning:")} ${warningText(warning, labels)}`);
        for (const one of advice) output.note(adviceText(one));
        return undefined;
      }),
    );
