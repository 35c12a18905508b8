import type { Tried } from "../runs/probe-model.js";
import { wholeNumber, wholeNumberFrom } from "../terminal/arguments.js";
import { configure, configuredCommand } from "../terminal/options.js";
import type { Output } from "../terminal/output.js";
import { perform } from "../terminal/perform.js";
import { openProgress } from "../terminal/progress.js";

/** Documents of the probe when the configuration has more. */
const MOST_DOCUMENTS = 16;
const DEFAULT_TRIES = 2;

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
    .option("--tries <n>", "changes to try when little is admitted", wholeNumberFrom(0), DEFAULT_TRIES)
    .action((options) =>
      perform(options, async (command) => {
        const { probeModel } = await import("../runs/probe-model.js");
        const { output } = command;
        const { experiment } = await configure(options, output);
        using progress = openProgress(output);
        const documents =
          options.documents ?? Math.min(MOST_DOCUMENTS, experiment.challenger.documentsPerStep);
        const changed = async (settings: readonly string[]) =>
          (await configure({ ...options, set: [...options.set, ...settings] }, output)).experiment;
        const { tried, notTried } = await probeModel({
          experiment,
          documents,
          tries: options.tries,
          changed,
          command,
          progress,
        });
        const plain = tried.map(({ report: { episodes: _, ...report }, ...rest }) => ({
          ...rest,
          ...report,
        }));
        output.document("spice.probe/1", { tried: plain, notTried });
        await show(tried, output);
        for (const { settings, why } of notTried)
          output.note(`${settings.join(" ")} could not be tried: ${why}`);
        output.next("spice train");
        return undefined;
      }),
    );

async function show(tried: readonly Tried[], output: Output): Promise<void> {
  const [first] = tried;
  if (first === undefined) return;
  const { adviceText } = await import("../../web/report/summary.js");
  const { showFunnel } = await import("../runs/show-funnel.js");
  const { showProbe } = await import("../runs/show-probe.js");
  output.text(
    `${showFunnel(first.report.funnel, (format, text) => output.out(format, text), first.report.ownLabels)}\n`,
  );
  output.text(showProbe(tried));
  const changes = tried.slice(1);
  const better = changes.filter((one) => admittedOf(one) > admittedOf(first));
  if (changes.length > 0 && better.length === 0)
    output.note("No change that was tried admits more proposals.");
  // A change that was tried stands in the table with its result.
  const done = new Set(changes.map(({ settings }) => settings.join(" ")));
  for (const one of first.report.advice)
    output.note(adviceText(done.has(one.settings.join(" ")) ? { ...one, settings: [] } : one));
}

const admittedOf = ({ report }: Tried): number => report.admitted?.estimate ?? 0;
