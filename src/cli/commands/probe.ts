import { wholeNumber, wholeNumberFrom } from "../terminal/arguments.js";
import { configure, configuredCommand } from "../terminal/options.js";
import { perform } from "../terminal/perform.js";
import { openProgress } from "../terminal/progress.js";

/** `spice probe`: what the first steps of a run would give, without training. */
export const probeCommand = () =>
  configuredCommand(
    "probe",
    "one step on your documents without training: what is read, admitted and trained, and what to change",
    `spice probe
     spice probe --documents 32 --tries 0
     spice probe -s challenger.maxTokens=96 --json`,
  )
    .option("--documents <n>", "documents to play (default: those of a step, 16 at most)", wholeNumber)
    .option("--tries <n>", "changes to try when little is admitted (default: 2)", wholeNumberFrom(0))
    .action((options) =>
      perform(options, async (command) => {
        const { printAfterProbe } = await import("../runs/after-probe.js");
        const { probeDocument, probeModel } = await import("../runs/probe-model.js");
        const { printProbe } = await import("../runs/show-probe.js");
        const { output } = command;
        const { experiment } = await configure(options, output);
        using progress = openProgress(output);
        const changed = async (settings: readonly string[]) =>
          (await configure({ ...options, set: [...options.set, ...settings] }, output)).experiment;
        const probed = await probeModel({
          experiment,
          documents: options.documents,
          tries: options.tries,
          changed,
          command,
          progress,
        });
        output.document("spice.probe/1", probeDocument(probed));
        printProbe(probed, output);
        printAfterProbe(probed, options, output);
        return undefined;
      }),
    );
